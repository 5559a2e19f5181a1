import { expect, it } from "vitest"
import { recent } from "../../src/core/recent.ts"

it("remembers so many texts at most, and drops the oldest", () => {
  const texts = recent<number>(3, 1000)
  for (const [n, text] of ["a", "b", "c", "d"].entries()) texts.set(text, n, 0)
  expect(["a", "b", "c", "d"].map(texts.get)).toEqual([undefined, 1, 2, 3])
})

it("remembers so many characters at most, also of what is set again or is too large for it", () => {
  const texts = recent<number>(100, 100)
  for (let n = 0; n < 50; n++) texts.set("a", n, 50)
  texts.set("b", 1, 47)
  expect(["a", "b"].map(texts.get)).toEqual([49, 1])
  texts.set("c", 2, 1)
  expect(["a", "b", "c"].map(texts.get)).toEqual([undefined, 1, 2])
  texts.set("d", 3, 100)
  expect(["b", "c", "d"].map(texts.get)).toEqual([undefined, undefined, undefined])
  texts.set("e", 4, 0)
  expect(texts.get("e")).toBe(4)
})
