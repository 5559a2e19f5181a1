import { expect, it } from "vitest"
import { findingsOf } from "../../src/stores/memcached/findings.ts"

/** What is wrong with the memory of a server with these figures. */
function wrongWithMemory(figures: Record<string, number>, settings: Record<string, string> = {}): string {
  const texts = Object.entries({ limit_maxbytes: 100, ...figures }).map(
    ([name, value]) => [name, `${value}`] as const,
  )
  const findings = findingsOf({ figures: new Map(texts), settings: new Map(Object.entries(settings)) })
  return findings.find(({ name }) => name === "memory")?.problem ?? "nothing"
}

it("memory that is full is told from memory that is kept for items of other sizes", () => {
  const stiff = { slab_automove: "0" }
  expect(wrongWithMemory({ bytes: 90 })).toBe("nothing")
  expect(wrongWithMemory({ bytes: 90, evictions: 5 })).toContain("to make room")
  expect(wrongWithMemory({ bytes: 30, evictions: 5 }, stiff)).toContain("items of other sizes")
  expect(wrongWithMemory({ bytes: 90, evictions: 5 }, stiff)).toContain("to make room")
  expect(wrongWithMemory({ bytes: 90, store_no_memory: 5 })).toContain("logins failed")
})
