import { describe, expect, it } from "vitest"
import type { Store } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { storeLaws } from "../../src/testing/index.ts"
import { collectedLaws } from "./laws.ts"
import { WRONG_STORES } from "./stores.ts"

function lawsOf(store: () => Store): ReturnType<typeof collectedLaws> {
  return collectedLaws((runner) => storeLaws("a store", async () => ({ store: store() }), runner))
}

describe("the laws of stores", () => {
  it("each have a store that breaks them", () => {
    expect([...lawsOf(memoryStore).keys()].sort()).toEqual(Object.keys(WRONG_STORES).sort())
  })

  describe.each(Object.entries(WRONG_STORES))("%s", (sentence, stores) => {
    it.each(Object.entries(stores))("finds a store that %s", async (_name, fault) => {
      const laws = lawsOf(() => {
        const right = memoryStore()
        return { ...right, ...fault(right) }
      })
      await expect(laws.get(sentence)!()).rejects.toThrow()
    })
  })

  it("close the store that they opened, also where it breaks them", async () => {
    let closed = 0
    const laws = collectedLaws((runner) =>
      storeLaws(
        "a store",
        async () => ({
          store: { ...memoryStore(), read: async () => undefined },
          close: async () => void closed++,
        }),
        runner,
      ),
    )
    await expect(laws.get("gives back every character of what was created")!()).rejects.toThrow()
    expect(closed).toBe(1)
  })
})
