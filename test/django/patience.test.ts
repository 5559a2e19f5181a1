import { expect, it } from "vitest"
import { patiently } from "../../src/django/patience.ts"

const never = new Promise<string>(() => {})

it("gives what is answered in time", async () => {
  expect(await patiently(Promise.resolve("answer"))).toBe("answer")
  await expect(patiently(Promise.reject(new Error("failed")))).rejects.toThrow("failed")
})

it("fails where no answer comes", async () => {
  await expect(patiently(never, undefined, { most: 10 })).rejects.toThrow(/within 10 ms.*locked/)
})

it("waits a moment after a stop, and no longer", async () => {
  const { promise, resolve } = Promise.withResolvers<string>()
  const stop = new AbortController()
  const answered = patiently(promise, stop.signal, { grace: 10_000 })
  stop.abort()
  resolve("the batch at hand")
  expect(await answered).toBe("the batch at hand")
  expect(await patiently(never, stop.signal, { grace: 10 })).toBeUndefined()
  const later = new AbortController()
  const given = patiently(never, later.signal, { grace: 10 })
  later.abort()
  expect(await given).toBeUndefined()
})

it("leaves no rejection behind that is not handled", async () => {
  const { promise, reject } = Promise.withResolvers<string>()
  expect(await patiently(promise, AbortSignal.abort(), { grace: 1 })).toBeUndefined()
  reject(new Error("too late"))
  await new Promise((resolve) => setTimeout(resolve, 5))
})
