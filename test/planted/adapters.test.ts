import { describe, expect, it } from "vitest"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { adapterLaws, type Serve } from "../../src/testing/index.ts"
import { byHand, WRONG_ADAPTERS } from "./adapters.ts"
import { collectedLaws } from "./laws.ts"

function lawsOf(serve: Serve): ReturnType<typeof collectedLaws> {
  const open = async (): Promise<{ store: ReturnType<typeof memoryStore> }> => ({ store: memoryStore() })
  return collectedLaws((runner) => adapterLaws("an adapter", serve, { open }, runner))
}

describe("the laws of adapters", () => {
  const right = lawsOf(byHand())

  it("each have an adapter that breaks them", () => {
    expect([...right.keys()].sort()).toEqual(Object.keys(WRONG_ADAPTERS).sort())
  })

  it.each([...right])("let an adapter pass that %s", (_sentence, check) => check())

  describe.each(Object.entries(WRONG_ADAPTERS))("%s", (sentence, adapters) => {
    it.each(Object.entries(adapters))("finds an adapter that %s", async (_name, wrong) => {
      await expect(lawsOf(byHand(wrong)).get(sentence)!()).rejects.toThrow()
    })
  })

  it("close the site that they opened", async () => {
    let closed = 0
    const laws = lawsOf(async (...served) => {
      const { url, close } = await byHand()(...served)
      return { url, close: async () => close().finally(() => closed++) }
    })
    await laws.get("counts exactly with update()")!()
    expect(closed).toBe(1)
  })
})
