import { expect, it } from "vitest"
import { addressOf } from "../../src/stores/url/address.ts"
import { openBackend } from "../../src/stores/url/open.ts"
import { holdfast, problemsOf } from "./cli-run.ts"
import { leaveDead, signIn } from "./cli-sessions.ts"

/** What is special about a store. */
interface Expected {
  /** How many of three dead records `clear-expired` finds. @default 0 */
  readonly removed?: number
  /** What doctor has to say against the server of the tests, by name. @default [] */
  readonly problems?: readonly string[]
}

/** What the command line does with any store that can list sessions. `urlOf` gives the URL of a store apart. */
export function commandLineLaws(
  urlOf: (name: string) => string,
  { removed = 0, problems = [] }: Expected = {},
): void {
  it("lists, shows, ends and clears sessions, and finds the store good", async () => {
    const [ours, others] = [urlOf("ours"), urlOf("others")]
    for (const store of [ours, others])
      expect(await holdfast(["migrate"], { store })).toMatchObject({ code: 0, stderr: "" })
    const [one = "", two = "", bobs = ""] = await signIn(ours, "ada", "ada", "bob")
    const [apart = ""] = await signIn(others, "ada")
    await leaveDead(ours, 3)

    const store = ours
    const list = JSON.parse((await holdfast(["list", "--user", "ada", "--json"], { store })).stdout)
    expect(list.map(({ id }: { id: string }) => id).sort()).toEqual([one, two].sort())
    const show = JSON.parse((await holdfast(["show", one, "--json"], { store })).stdout)
    expect(show).toMatchObject({ id: one, userId: "ada", data: { cart: expect.any(Array) } })
    const dry = JSON.parse((await holdfast(["clear-expired", "--dry-run", "--json"], { store })).stdout)
    expect(dry).toEqual({ expired: removed })
    const cleared = JSON.parse((await holdfast(["clear-expired", "--json"], { store })).stdout)
    expect(cleared).toMatchObject({ removed })
    expect((await problemsOf(store)).map(({ name }) => name)).toEqual(problems)

    expect((await holdfast(["revoke", one], { store })).stdout).toBe("Ended 1 session\n")
    expect((await holdfast(["revoke", "--user", "ada"], { store })).stdout).toBe("Ended 1 session\n")
    const all = await holdfast(["revoke", "--all", "--yes"], { store })
    // Bob's, what the two that were just ended leave for a moment, and the mark of Ada's revocation.
    expect(all).toMatchObject({ code: 0, stdout: "Removed 4 records\n" })
    expect((await holdfast(["show", bobs], { store })).code).toBe(1)
    expect((await holdfast(["show", apart], { store: others })).code).toBe(0)
  })

  it("ends all sessions in batches, and stops between two", async () => {
    const { store, upkeep } = await openBackend(addressOf(urlOf("many")), {
      onError: () => {},
      mayCreate: true,
    })
    try {
      await store.migrate()
      const users = Array.from({ length: 30 }, (_, n) => `user ${n}`)
      await signIn(urlOf("many"), ...users)
      const stop = new AbortController()
      const onProgress = (removed: number): void => {
        if (removed > 0) stop.abort()
      }
      const first = await upkeep.deleteAll({ batchSize: 7, signal: stop.signal, onProgress })
      expect(first).toBeGreaterThan(0)
      expect(first).toBeLessThan(30)
      expect(await upkeep.deleteAll({ batchSize: 7 })).toBe(30 - first)
    } finally {
      await store.close()
    }
  })
}
