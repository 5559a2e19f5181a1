import { describe, expect, it } from "vitest"
import { createSessions, type Session, SessionError } from "../../src/index.ts"
import { begun, cookieIn, type Data, request } from "../security/stage.ts"
import type { Desk, Scene, Task, Trace } from "./schedule.ts"
import { everyOrder } from "./search.ts"
import { named } from "./step.ts"
import { outsideTime } from "./time.ts"

// A browser holds two cookies of our name that open different sessions, since a neighbouring site has planted one. Requests with
// both, and some with its own alone, in every order of their store calls, with a fault at every place.

const works = {
  read: (session: Session<Data>) => session.userId,
  write: (session: Session<Data>) => Object.assign(session.data, { a: 1 }),
  logout: (session: Session<Data>) => session.logout(),
  login: (session: Session<Data>) => session.login("ada"),
  "write with its own": (session: Session<Data>) => Object.assign(session.data, { mine: 1 }),
  "rotate with its own": (session: Session<Data>) => session.rotate(),
} as const
type Name = keyof typeof works
const names = Object.keys(works) as Name[]
const pairs = names.flatMap((one, n) => names.slice(n).map((other) => [one, other] as const))

/** Two sessions in one browser, and what the requests were answered. */
interface World extends Scene {
  readonly own: string
  readonly planted: string
  readonly answered: { readonly name: Name; readonly cookie: string | undefined }[]
}

async function worldOf(parts: readonly Name[]): Promise<World> {
  const { store, sessions, cookie: own } = await begun({ n: 1 }, "ada")
  const { cookie } = await request(sessions, undefined, (session) => session.login("mallory"))
  const planted = cookie!
  const answered: World["answered"] = []
  async function answer(name: Name, desk: Desk, process: number): Promise<void> {
    const both = createSessions<Data>({ store: desk.storeOf(process), timeout: 60, warn: () => {} })
    const session = both.open({ cookie: name.endsWith("its own") ? own : `${planted}; ${own}` })
    try {
      await session.load()
      await works[name](session)
      const { headers } = await both.commit(session)
      answered.push({ name, cookie: cookieIn(headers) })
    } catch (error) {
      if (!(error instanceof SessionError)) throw error
    }
  }
  return {
    store,
    own,
    planted,
    answered,
    heard: () => answered.length,
    begin: (desk) => parts.map((name, process): Task => ({ process, over: answer(name, desk, process) })),
  }
}

async function check(
  parts: readonly Name[],
  { store, own, planted, answered }: World,
  trace: Trace,
): Promise<void> {
  const how = trace.order.map(named).join(", ")
  const sessions = createSessions<Data>({ store })
  const userOf = async (cookie: string): Promise<string | null> =>
    (await sessions.open({ cookie }).load()).userId
  const done = (name: Name) => answered.find((answer) => answer.name === name)
  const rotated = answered.find(({ name, cookie }) => name === "rotate with its own" && cookie)?.cookie
  const logout = done("logout")
  if (logout) {
    expect(logout.cookie, how).toBe("")
    for (const cookie of [planted, own, rotated ?? own])
      expect(await userOf(cookie), `a session outlived the logout: ${how}`).toBe(null)
  }
  const login = done("login")
  // A logout beside it may end what it signed in to.
  if (login && !parts.includes("logout"))
    expect(await userOf(`${planted}; ${login.cookie}`), `the planted one stands in the way: ${how}`).toBe(
      "ada",
    )
  if (parts.includes("logout") || parts.includes("login")) return
  expect(await userOf(planted), `nobody ended the planted one: ${how}`).toBe("mallory")
  if (rotated || !parts.includes("rotate with its own"))
    expect(await userOf(rotated ?? own), `nobody ended its own: ${how}`).toBe("ada")
}

describe.each([
  0, 1,
])("every order of requests with two cookies that open different sessions, faults: %i", (faults) => {
  it.each(pairs)("T-1, T-3: %s; %s", async (...parts) => {
    const { runs } = await outsideTime(() =>
      everyOrder(
        () => worldOf(parts),
        (world, trace) => check(parts, world, trace),
        { faults },
      ),
    )
    expect(runs).toBeGreaterThan(1)
  })
})
