import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { createSessions, type Session } from "../../src/index.ts"
import { everyOrder } from "./schedule.ts"
import { begun, cookieIn, type Data, type MemoryStore, request } from "./stage.ts"

// A browser holds two cookies of our name that open different sessions, since a neighbouring site has planted one. Requests with
// both, and one with its own alone, in every order of their store calls.

interface World {
  readonly store: MemoryStore
  readonly own: string
  readonly planted: string
  readonly answers: Map<string, { readonly result: string; readonly cookie: string | undefined }>
}

const works: Readonly<Record<string, (session: Session<Data>) => unknown>> = {
  read: (session) => session.userId,
  write: (session) => Object.assign(session.data, { a: 1 }),
  logout: (session) => session.logout(),
  login: (session) => session.login("ada"),
  "write with its own": (session) => Object.assign(session.data, { mine: 1 }),
  "rotate with its own": (session) => session.rotate(),
}

async function world(): Promise<World> {
  const { store, sessions, cookie: own } = await begun({ n: 1 }, "ada")
  const { cookie: planted } = await request(sessions, undefined, (session) => session.login("mallory"))
  return { store, own, planted: planted!, answers: new Map() }
}

async function check({ store, own, planted, answers }: World, order: readonly string[]): Promise<void> {
  const how = order.join(" ")
  const sessions = createSessions<Data>({ store })
  const userOf = async (cookie: string): Promise<string | null> =>
    (await sessions.open({ cookie }).load()).userId
  const done = (name: string) => {
    const answer = answers.get(name)
    return answer && answer.result !== "ended" ? answer : undefined
  }
  if (done("logout")) {
    expect(done("logout")!.cookie, how).toBe("")
    expect(await userOf(planted), `the planted one outlived the logout: ${how}`).toBe(null)
    const rotated = done("rotate with its own")?.cookie
    for (const cookie of [own, rotated ?? own])
      expect(await userOf(cookie), `its own outlived the logout: ${how}`).toBe(null)
  }
  const login = done("login")
  // A logout beside it may end what it signed in to.
  if (login && !answers.has("logout"))
    expect(await userOf(`${planted}; ${login.cookie}`), `the planted one stands in the way: ${how}`).toBe(
      "ada",
    )
  if (answers.size === 1 && (done("read") || done("write")))
    expect([await userOf(own), await userOf(planted)], `nobody ended anything: ${how}`).toEqual([
      "ada",
      "mallory",
    ])
}

describe("every order of requests with two cookies that open different sessions", () => {
  beforeAll(() => {
    vi.stubGlobal("setTimeout", (run: () => void, delay: number) =>
      delay > 64 ? undefined : setImmediate(run),
    )
    vi.stubGlobal("clearTimeout", () => {})
  })
  afterAll(() => {
    vi.unstubAllGlobals()
  })

  const names = Object.keys(works)
  const pairs = names.flatMap((one, n) => names.slice(n + 1).map((other) => [one, other] as const))
  it.each(pairs)("T-1, T-3: %s; %s", async (...pair) => {
    const runs = await everyOrder(
      world,
      ({ own, planted, answers }) =>
        pair.map((name) => async (store) => {
          const sessions = createSessions<Data>({ store, timeout: 60 })
          const cookie = name.endsWith("its own") ? own : `${planted}; ${own}`
          const session = await sessions.open({ cookie }).load()
          await works[name]!(session)
          const answer = await (async () => sessions.commit(session))().catch((error: { code?: string }) => {
            if (error.code !== "ERR_SESSION_ENDED") throw error
            return { result: "ended", headers: [] }
          })
          answers.set(name, { result: answer.result, cookie: cookieIn(answer.headers) })
        }),
      check,
    )
    expect(runs).toBeGreaterThan(1)
  })
})
