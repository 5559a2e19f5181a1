import { execFileSync } from "node:child_process"
import { describe, expect, it } from "vitest"
import { guardStore } from "../../src/core/guard.ts"
import { createSessions } from "../../src/index.ts"
import { cachedStore } from "../../src/stores/cached/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"

const silence = new Promise<never>(() => {})

/** A store whose reads of "silent" are never answered. */
function guarded(timeout: number): ReturnType<typeof guardStore> {
  const store = memoryStore()
  return guardStore({ ...store, read: (id) => (id === "silent" ? silence : store.read(id)) }, timeout)
}

describe("a guarded store", () => {
  it("gives up a call when its time is over, each after its own", async () => {
    const store = guarded(60)
    const begin = performance.now()
    const first = store.read("silent").catch(() => performance.now() - begin)
    await new Promise((resolve) => setTimeout(resolve, 30))
    const between = performance.now() - begin
    const second = store.read("silent").catch(() => performance.now() - begin)
    expect(await first).toBeGreaterThanOrEqual(59)
    expect(await second).toBeGreaterThanOrEqual(between + 59)
  })

  it("gives up a call that was made when an earlier one had been answered", async () => {
    const store = guarded(40)
    await store.read("heard")
    await expect(store.read("silent")).rejects.toMatchObject({
      code: "ERR_SESSION_STORE",
      message: "The session store failed while reading a session",
      cause: { message: "no answer within 40 ms" },
    })
  })

  it("waits for as many seconds as sessions say", () => {
    const told: number[] = []
    const store = { ...memoryStore(), limit: (timeout: number) => void told.push(timeout) }
    createSessions({ store })
    createSessions({ store, timeout: 0.25 })
    expect(told).toEqual([5000, 250])
  })

  it("tells the store for how long its calls are waited for, the durable one behind a cache too", () => {
    const told: string[] = []
    const telling = (name: string): ReturnType<typeof memoryStore> & { limit(timeout: number): void } => ({
      ...memoryStore(),
      limit: (timeout) => void told.push(`${name} ${timeout}`),
    })
    guardStore(telling("alone"), 60)
    guardStore(cachedStore(telling("cache"), telling("durable"), { timeout: 0.02 }), 70)
    guardStore(cachedStore(memoryStore(), memoryStore()), 80)
    expect(told).toEqual(["alone 60", "cache 20", "durable 70"])
  })

  it("goes on after it gave up", async () => {
    const store = guarded(20)
    await expect(store.read("silent")).rejects.toMatchObject({ code: "ERR_SESSION_STORE" })
    await expect(store.read("heard")).resolves.toBeUndefined()
    await expect(store.read("silent")).rejects.toMatchObject({ code: "ERR_SESSION_STORE" })
  })

  it("gives up every call, whatever was answered in time, late or never before it", async () => {
    const memory = memoryStore()
    let answer = (): void => {}
    const late = new Promise<undefined>((resolve) => {
      answer = () => resolve(undefined)
    })
    const read: typeof memory.read = (id) =>
      id === "silent" ? silence : id === "late" ? late : memory.read(id)
    const store = guardStore({ ...memory, read }, 20)
    const given = async (...ids: string[]): Promise<string[]> =>
      (await Promise.allSettled(ids.map((id) => store.read(id)))).map(({ status }) => status)

    expect(await given("silent", "heard", "heard")).toEqual(["rejected", "fulfilled", "fulfilled"])
    expect(await given("late")).toEqual(["rejected"])
    answer()
    await late
    const five = Array<string>(5)
    expect(await given(...five.fill("silent"))).toEqual(five.fill("rejected"))
  })

  it("keeps a process alive while it waits for an answer, and no longer", () => {
    const run = (body: string): string =>
      execFileSync(process.execPath, ["--input-type=module-typescript", "--eval", `${IMPORTS}\n${body}`], {
        encoding: "utf8",
        cwd: import.meta.dirname,
        timeout: 60_000,
      })
    expect(run(`await store(60_000).read("x"); console.log("done")`)).toBe("done\n")
    expect(
      run(
        `const one = store(300); await one.read("x"); await one.read("silent").catch((e) => console.log(e.code))`,
      ),
    ).toBe("ERR_SESSION_STORE\n")
  })
})

const IMPORTS = `
import { guardStore } from "../../src/core/guard.ts"
const store = (timeout) => guardStore({ read: (id) => id === "silent" ? new Promise(() => {}) : Promise.resolve() }, timeout)
`
