import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { createSessions, type Session, type Sessions } from "../../src/index.ts"
import { everyOrder, type Task } from "./schedule.ts"
import { begun, cookieIn, type Data, type MemoryStore } from "./stage.ts"

// Two and three requests with one cookie, in every order of their store calls. What must hold in each:
// - a write that was acknowledged lies in every session that lives on
// - after an acknowledged logout or revocation nothing lives, unless somebody signed in
// - a cookie that was handed out leads to a session, unless somebody ended it
// - the old token never opens the session of a new user
// - every live session can be reached with a token that some client got

interface Operation {
  /** What the request does between load and commit. */
  readonly work?: (session: Session<Data>, key: string) => unknown
  /** What is done beside any request. */
  readonly operate?: (sessions: Sessions<Data>, id: string) => Promise<unknown>
  readonly isWrite?: boolean
  readonly isLogin?: boolean
  readonly isEnd?: boolean
}

const operations: Readonly<Record<string, Operation>> = {
  write: { work: (session, key) => Object.assign(session.data, { [key]: true }), isWrite: true },
  update: {
    work: (session, key) =>
      session.update((data) => Object.assign(data, { [key]: true })).catch(ignoreConflict),
  },
  "save and write": {
    work: async (session, key) => {
      session.data[`${key} early`] = true
      await session.save().catch(ignoreConflict)
      session.data[key] = true
    },
    isWrite: true,
  },
  rotate: { work: (session) => session.rotate() },
  "rotate and write": {
    work: (session, key) => {
      session.rotate()
      session.data[key] = true
    },
    isWrite: true,
  },
  "login again": { work: (session) => session.login("ada"), isLogin: true },
  "login as another": { work: (session) => session.login("bob"), isLogin: true },
  logout: { work: (session) => session.logout(), isEnd: true },
  "logout and begin": {
    work: (session, key) => {
      session.logout()
      session.data[key] = true
    },
    isEnd: true,
  },
  revoke: { operate: (sessions, id) => sessions.revoke(id), isEnd: true },
  "revoke the user": { operate: (sessions) => sessions.revokeUser("ada"), isEnd: true },
}

interface World {
  readonly store: MemoryStore
  readonly cookie: string
  readonly id: string
  readonly handedOut: string[]
  /** Keys that were acknowledged. */
  readonly written: string[]
  /** Tokens that began a new session on purpose, after a logout or as another user. */
  readonly begunAnew: string[]
  /** Requests that found the session and ended it. */
  readonly ended: string[]
}

async function world(userId: string | undefined): Promise<World> {
  const { store, sessions, cookie } = await begun({ n: 1 }, userId)
  const { id } = await sessions.open({ cookie }).load()
  return { store, cookie, id: id!, handedOut: [], written: [], begunAnew: [], ended: [] }
}

/** The operations as tasks; of one process they share their `sessions`, and with them the engine's queue. */
function tasksOf(names: readonly string[], isOneProcess: boolean): (world: World) => Task[] {
  return (world) => {
    const { cookie, id, handedOut, written, begunAnew, ended } = world
    const all: { store: MemoryStore; sessions: Sessions<Data> }[] = []
    return names.map((name, index) => async (store) => {
      const { work, operate, isWrite, isEnd } = operations[name]!
      all.push({ store, sessions: createSessions<Data>({ store, timeout: 60 }) })
      const { sessions } = isOneProcess ? all[0]! : all.at(-1)!
      if (operate) {
        if (await operate(sessions, id)) ended.push(name)
        return
      }
      const key = `key ${index}`
      const session = await sessions.open({ cookie }).load()
      const wasOpen = !session.isNew
      if (isEnd && wasOpen) ended.push(name)
      await work!(session, key)
      const { result, headers } = await sessions.commit(session)
      const handed = cookieIn(headers)
      if (handed) handedOut.push(handed)
      if (handed && (result === "restart" || !wasOpen)) begunAnew.push(handed)
      if (isWrite && wasOpen && (result === "replace" || result === "rotate")) written.push(key)
    })
  }
}

function checkOf(names: readonly string[], userId: string | undefined) {
  const hasLogin = names.some((name) => operations[name]!.isLogin)
  const isReplaced = userId !== undefined && names.includes("login as another")
  return async ({ store, cookie, handedOut, written, begunAnew, ended }: World, order: readonly string[]) => {
    const how = order.join(" ")
    const sessions = createSessions<Data>({ store })
    const live: Session<Data>[] = []
    const mayBeGone = ended.length > 0 || isReplaced
    for (const token of new Set([cookie, ...handedOut])) {
      const session = await sessions.open({ cookie: token }).load()
      if (token === cookie && !session.isNew) expect(session.userId, how).toBe(userId ?? null)
      if (session.isNew && token !== cookie && !mayBeGone) expect.fail(`a cookie for no session: ${how}`)
      if (!session.isNew) live.push(session)
      if (!session.isNew && !begunAnew.includes(token) && ended.length > 0 && !hasLogin)
        expect.fail(`alive after its end: ${how}`)
    }
    for (const key of written)
      if (!mayBeGone)
        expect(
          live.some(({ data }) => key in data),
          `${key} is lost: ${how}`,
        ).toBe(true)
    const reachable = live.map(({ id }) => id)
    for (const user of ["ada", "bob"])
      for (const { id } of await store.listByUser(user)) expect(reachable, `an orphan: ${how}`).toContain(id)
  }
}

function ignoreConflict(error: { code?: string }): void {
  if (error.code !== "ERR_SESSION_CONFLICT") throw error
}

describe("every order of two or three requests", () => {
  // The waits between two attempts are no part of the order.
  beforeAll(() => {
    vi.stubGlobal("setTimeout", (run: () => void, delay: number) =>
      delay > 64 ? undefined : setImmediate(run),
    )
    vi.stubGlobal("clearTimeout", () => {})
  })
  afterAll(() => {
    vi.unstubAllGlobals()
  })

  const names = Object.keys(operations)
  const pairs = names.flatMap((one, n) => names.slice(n).map((other) => [one, other]))
  // All 35 triples of five operations take minutes; these are the ones that meet in the middle of a move.
  const triples = [
    ["write", "rotate", "logout"],
    ["update", "login again", "logout"],
  ]

  for (const isOneProcess of [true, false]) {
    const where = isOneProcess ? "one process" : "processes of their own"
    for (const userId of [undefined, "ada"])
      it.each(pairs)(`C-9, D-4 in ${where}, ${userId ?? "anonymous"}: %s; %s`, async (...pair) => {
        await everyOrder(() => world(userId), tasksOf(pair, isOneProcess), checkOf(pair, userId))
      })
    it.each(triples)(`C-9, D-4 in ${where}: %s; %s; %s`, async (...triple) => {
      await everyOrder(() => world("ada"), tasksOf(triple, isOneProcess), checkOf(triple, "ada"))
    })
  }
})
