import type { Session, Sessions } from "../../src/index.ts"
import type { Data } from "../security/stage.ts"

/** What a task does to the session of its world: a request with a cookie, or an operator's call beside any request. */
export interface Operation {
  /** What the request does between load and commit. `stored` is told what is safe by then. */
  readonly work?: (session: Session<Data>, key: string, more: More) => unknown
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

export interface More {
  readonly mark: string | undefined
  stored(key: string): void
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
  | "expire"

const set = (session: Session<Data>, key: string): void => {
  session.data[key] = true
}

export const operations: Readonly<Record<OperationName, Operation>> = {
  read: { work: (session) => session.userId },
  write: { work: set, isWrite: true },
  update: {
    async work(session, key, { stored }) {
      const { isNew } = session
      await session.update((data) => Object.assign(data, { [key]: true }))
      // In a session that is not stored yet the change is made in place.
      if (!isNew) stored(key)
    },
    isWrite: true,
  },
  "save and write": {
    async work(session, key, { stored }) {
      session.data[`${key} early`] = true
      await session.save()
      stored(`${key} early`)
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
    work: (session, _key, { mark }) => session.login("ada", { mark }),
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
  expire: { work: (session) => session.setExpiry(OWN_EXPIRY) },
}

/** What `expire` gives the session, in seconds. */
export const OWN_EXPIRY = 60
