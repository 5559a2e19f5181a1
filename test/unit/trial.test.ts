import { afterEach, expect, it, vi } from "vitest"
import { trial } from "../../src/cli/trial.ts"
import type { SessionRecord } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { type MemoryStore, type StoreMethod, surround } from "../security/stage.ts"

// What doctor tries on a store that serves an application: as applications do, and gone afterwards.

type Around = (
  method: StoreMethod,
  args: readonly unknown[],
  call: () => Promise<unknown>,
) => Promise<unknown>

const NEVER = new AbortController().signal
const ALL =
  "a session was begun, signed in, read, listed, changed, extended, rotated, revoked, ended and removed"

afterEach(() => {
  vi.useRealTimers()
})

/** A store with something in its way, and all that lies in it. */
function scene(around: Around = (_method, _args, call) => call()) {
  const memory = memoryStore()
  const ids = new Set<string>()
  const written: SessionRecord[] = []
  const calls: StoreMethod[] = []
  const store: MemoryStore = surround(memory, (method, call, args) => {
    calls.push(method)
    if (method === "create" || method === "replace") {
      written.push(args[0] as SessionRecord)
      ids.add((args[0] as SessionRecord).id)
    }
    return around(method, args, call)
  })
  const left = async (): Promise<number> =>
    (await Promise.all([...ids].map((id) => memory.read(id)))).filter(Boolean).length
  return { store, calls, written, left }
}

it("finds a good store good, writes nothing that lives longer than a minute, and leaves nothing", async () => {
  const { store, written, left } = scene()
  expect(await trial(store, NEVER)).toEqual([{ name: "trial", value: ALL }])
  expect(await left()).toBe(0)
  expect(Math.max(...written.map(({ expiresAt }) => expiresAt))).toBeLessThanOrEqual(Date.now() + 60_000)
  const users = new Set(written.flatMap(({ userId }) => userId ?? []))
  expect([...users]).toEqual([expect.stringMatching(/^holdfast-doctor-[\da-f]{16}$/)])
})

it("says of a store without an index that it has none", async () => {
  const { listByUser: _, ...plain } = memoryStore()
  expect(await trial(plain, NEVER)).toEqual([
    { name: "trial", value: ALL.replace(" listed,", ""), remark: expect.stringContaining("by their user") },
  ])
})

it("finds out that nobody can sign in, where sessions of nobody can be stored", async () => {
  const { store, left } = scene(async (method, [record], call) => {
    const isLogin = (method === "create" || method === "replace") && (record as SessionRecord).userId !== null
    if (isLogin) throw new Error("NOPERM this user has no permissions to run the 'zadd' command.")
    return call()
  })
  expect(await trial(store, NEVER)).toEqual([
    {
      name: "sign in",
      value: "failed",
      problem: expect.stringMatching(
        /^The session store failed while saving a session: NOPERM [^.]*command\. Its user may not do this: /,
      ),
    },
  ])
  expect(await left()).toBe(0)
})

it.each<readonly [StoreMethod, readonly string[]]>([
  ["create", ["begin", "sign in"]],
  ["replace", ["sign in", "change", "rotate"]],
  ["touch", ["extend"]],
  ["listByUser", ["list"]],
  ["delete", ["remove"]],
])("names each step that fails for want of %s", async (broken, steps) => {
  const { store, left } = scene(async (method, _args, call) => {
    if (method === broken) throw new Error("disk I/O error.")
    return call()
  })
  const findings = await trial(store, NEVER)
  expect(findings.map(({ name }) => name)).toEqual(expect.arrayContaining([...steps]))
  for (const { value, problem } of findings) {
    expect(value).toBe("failed")
    expect(problem).toMatch(/disk I\/O error\. [A-Z]/)
  }
  if (broken !== "delete") expect(await left()).toBe(0)
})

it("names what a store forgets, or does not forget, though it fails at nothing", async () => {
  const forgetful = scene(async (method, _args, call) => (method === "read" ? undefined : call()))
  const [first] = await trial(forgetful.store, NEVER)
  expect(first).toMatchObject({
    name: expect.any(String),
    problem: expect.stringContaining("is this a replica"),
  })

  const stubborn = scene(async (method, [record], call) =>
    method === "replace" && (record as SessionRecord).payload === "ended" ? "yes" : call(),
  )
  expect((await trial(stubborn.store, NEVER)).map(({ name }) => name)).toEqual(["revoke", "end"])
  expect(await stubborn.left()).toBe(0)
})

it("names a change or a deadline that a store says it has written, and has not", async () => {
  const unchanged = scene(async (method, [record], call) =>
    method === "replace" && (record as SessionRecord).payload.includes('"n":2') ? "yes" : call(),
  )
  expect((await trial(unchanged.store, NEVER)).map(({ name }) => name)).toEqual(["change"])
  const unmoved = scene(async (method, _args, call) => (method === "touch" ? true : call()))
  expect((await trial(unmoved.store, NEVER)).map(({ name }) => name)).toEqual(["extend"])
})

it("begins no further step where it is stopped", async () => {
  const stop = new AbortController()
  const { store, calls } = scene(async (_method, _args, call) => {
    stop.abort()
    return call()
  })
  await trial(store, stop.signal)
  expect(calls).not.toContain("replace")
})

it("leaves nothing where it is stopped, whenever that is", async () => {
  const whole = scene()
  await trial(whole.store, NEVER)
  for (let stopping = 0; stopping < whole.calls.length; stopping++) {
    const stop = new AbortController()
    let calls = 0
    const { store, left } = scene(async (_method, _args, call) => {
      if (calls++ === stopping) stop.abort()
      return call()
    })
    expect(await trial(store, stop.signal)).toEqual([{ name: "trial", value: "stopped" }])
    expect(await left(), `stopped at call ${stopping}`).toBe(0)
  }
})

it("does not go on with a store that does not answer", async () => {
  vi.useFakeTimers()
  const { store, calls } = scene((method, _args, call) =>
    method === "create" ? new Promise(() => {}) : call(),
  )
  const trying = trial(store, NEVER)
  await vi.advanceTimersByTimeAsync(6000)
  expect(await trying).toEqual([
    {
      name: "begin",
      value: "failed",
      problem: expect.stringContaining("no answer within 5000 ms. Is a table locked"),
    },
  ])
  expect(calls).toEqual(["create"])
})
