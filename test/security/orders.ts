import { vi } from "vitest"
import { createSessions, type Session, type SessionOptions, type Sessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import type { Task } from "./schedule.ts"
import { cookieIn, type Data, type MemoryStore, request } from "./stage.ts"

/** What a task does to the session of its world: a request with a cookie, or an operator's call beside any request. */
export interface Operation {
  /** What the request does between load and commit. */
  readonly work?: (session: Session<Data>, key: string, mark: string | undefined) => unknown
  readonly operate?: (sessions: Sessions<Data>, id: string) => Promise<unknown>
  /** It sets `key`. */
  readonly isWrite?: boolean
  readonly isLogin?: boolean
  /** The user's mark is taken before anything else and handed to the login, as where a password is checked between. */
  readonly takesMark?: boolean
  /** It makes a new secret without a grace. */
  readonly isCut?: boolean
  readonly isEnd?: boolean
}

export type OperationName =
  | "read"
  | "write"
  | "update"
  | "save and write"
  | "rotate"
  | "rotate and write"
  | "login again"
  | "login with a mark"
  | "login as another"
  | "logout"
  | "logout and begin"
  | "revoke"
  | "revoke the user"

const set = (session: Session<Data>, key: string): void => {
  session.data[key] = true
}

export const operations: Readonly<Record<OperationName, Operation>> = {
  read: { work: (session) => session.userId },
  write: { work: set, isWrite: true },
  update: {
    work: (session, key) => session.update((data) => Object.assign(data, { [key]: true })),
    isWrite: true,
  },
  "save and write": {
    work: async (session, key) => {
      session.data[`${key} early`] = true
      await session.save()
      session.data[key] = true
    },
    isWrite: true,
  },
  rotate: { work: (session) => session.rotate(), isCut: true },
  "rotate and write": {
    work: (session, key) => {
      session.rotate()
      set(session, key)
    },
    isWrite: true,
    isCut: true,
  },
  "login again": { work: (session) => session.login("ada"), isLogin: true, isCut: true },
  "login with a mark": {
    work: (session, _key, mark) => session.login("ada", { mark }),
    isLogin: true,
    takesMark: true,
    isCut: true,
  },
  "login as another": { work: (session) => session.login("bob"), isLogin: true, isCut: true },
  logout: { work: (session) => session.logout(), isEnd: true },
  "logout and begin": {
    work: (session, key) => {
      session.logout()
      set(session, key)
    },
    isEnd: true,
  },
  revoke: { operate: (sessions, id) => sessions.revoke(id), isEnd: true },
  "revoke the user": { operate: (sessions) => sessions.revokeUser("ada"), isEnd: true },
}

/** What happened, in the order in which it did. */
export type Happening =
  | { readonly is: "asked to sign in" | "began to revoke" | "revoked"; readonly task: number }
  | {
      readonly is: "answered"
      readonly task: number
      readonly name: OperationName
      /** The session's id when it was loaded; `undefined` when the cookie opened nothing. */
      readonly loaded: string | undefined
      readonly result: string
      /** The id of the session after the commit. */
      readonly id: string
      readonly key: string | undefined
      readonly cookie: string | undefined
    }

/** A session somewhere in its life, and what the tasks did to it. */
export interface World {
  readonly store: MemoryStore
  readonly options: Partial<SessionOptions<Data>>
  /** What the browser holds when the requests set out; what it held before, if that still opens the session. */
  readonly cookies: readonly [newest: string, superseded?: string]
  readonly id: string
  readonly userId: string | null
  readonly happened: Happening[]
}

const RENEWING = { renew: 60, grace: 60 } as const

/** Every place in the life of a session where requests may meet. */
export const worlds: Readonly<Record<string, () => Promise<World>>> = {
  anonymous: () => begin(null),
  ada: () => begin("ada"),
  "ada, a renewal due": () => begin("ada", 61),
  "ada, renewed a moment ago": () => begin("ada", 61, 1),
  "ada, renewed and in use for longer than the grace": () => begin("ada", 61, 1, 61),
}

/** A session that is used once after each of these waits, in seconds; but for the first the browser uses its newest cookie. */
async function begin(userId: string | null, ...waits: number[]): Promise<World> {
  const store = memoryStore()
  const options = waits.length > 0 ? RENEWING : {}
  const sessions = createSessions<Data>({ store, ...options })
  const cookies: string[] = []
  const { cookie } = await request(sessions, undefined, (session) => {
    session.data.n = 1
    if (userId !== null) session.login(userId)
  })
  cookies.unshift(cookie!)
  const uses = waits.slice(0, -1)
  for (const wait of uses) {
    vi.setSystemTime(Date.now() + wait * 1000)
    const used = await request(sessions, cookies[0], (session) => session.userId)
    if (used.cookie) cookies.unshift(used.cookie)
  }
  vi.setSystemTime(Date.now() + (waits.at(-1) ?? 0) * 1000)
  const { id } = await sessions.open({ cookie: cookies[0]! }).load()
  return { store, options, cookies: cookies as unknown as World["cookies"], id, userId, happened: [] }
}

/** One task: an operation, and whether its request comes with the superseded cookie where there is one. */
export interface Part {
  readonly name: OperationName
  readonly isOld?: boolean
}

/** The parts as tasks; of one process they share their `sessions`, and with them the queue of writers. */
export function tasksOf(parts: readonly Part[], isOneProcess: boolean): (world: World) => Task[] {
  return ({ cookies, id, options, happened }) => {
    const all: Sessions<Data>[] = []
    return parts.map(({ name, isOld }, task) => async (store) => {
      all.push(createSessions<Data>({ store, timeout: 60, ...options } as SessionOptions<Data>))
      const sessions = isOneProcess ? all[0]! : all.at(-1)!
      const { work, operate, isWrite, isLogin, takesMark }: Operation = operations[name]
      if (operate) {
        await sessions.find("0".repeat(32)) // so that it may also begin after the others
        happened.push({ is: "began to revoke", task })
        await operate(sessions, id)
        happened.push({ is: "revoked", task })
        return
      }
      const mark = takesMark ? await sessions.mark("ada") : undefined
      if (takesMark) happened.push({ is: "asked to sign in", task })
      const key = `key ${task}`
      const session = await sessions.open({ cookie: (isOld && cookies[1]) || cookies[0] }).load()
      const loaded = session.isNew ? undefined : session.id
      if (isLogin && !takesMark) happened.push({ is: "asked to sign in", task })
      const answer = await (async () => {
        await work!(session, key, mark)
        return sessions.commit(session)
      })().catch((error: { code?: string }) => {
        if (error.code !== "ERR_SESSION_ENDED") throw error
        return { result: "told ended", headers: [] }
      })
      happened.push({
        is: "answered",
        task,
        name,
        loaded,
        result: answer.result,
        id: session.id,
        key: isWrite && answer.result !== "told ended" ? key : undefined,
        cookie: cookieIn(answer.headers),
      })
    })
  }
}
