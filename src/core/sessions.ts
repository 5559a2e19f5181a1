import { jsonCodec } from "./codec.ts"
import { type CommitResult, settle } from "./commit.ts"
import { readCookie, writeCookie } from "./cookie.ts"
import { cookieEngine } from "./cookie-engine.ts"
import type { SessionData } from "./data.ts"
import { cookieMaxAge, type Expiry } from "./expiry.ts"
import { guardStore } from "./guard.ts"
import { cookieHeader, type RequestHeaders, varyOnCookie } from "./headers.ts"
import { type SessionOptions, settle as settleOptions } from "./options.ts"
import type { SessionRecord } from "./record.ts"
import { checkSecrets } from "./seal.ts"
import { close, hold, inTurn, Session, stateOf } from "./session.ts"
import { type Context, openRecord, type State } from "./state.ts"
import type { ClearExpiredOptions, Store, UserIndex } from "./store.ts"
import { storeEngine } from "./store-engine.ts"
import { hashedTokens } from "./token.ts"

/** What `commit` needs to know of the response. */
export interface ResponseFacts {
  /** The status about to be sent. From 500 up, changed data is not saved. @default 200 */
  readonly status?: number
  /** The `Vary` header so far. */
  readonly vary?: string | readonly string[] | number | null | undefined
}

/** How an adapter behaves. */
export interface AdapterOptions {
  /** Read nothing until the handler awaits `session.load()`. @default false: loaded before the handler runs */
  readonly lazy?: boolean
}

/** What a commit did, and what the response must carry. */
export interface Outcome {
  /** What was done; `"gone"` when someone else ended the session meanwhile, so that nothing was written. */
  readonly result: CommitResult
  /** Headers to set, as name and value; only `set-cookie` is to be added to those already there. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** One of a user's sessions, as an overview shows it. */
export interface SessionInfo<Data extends object = SessionData> {
  /** What `revoke` takes. It can't be used as a cookie. */
  readonly id: string
  readonly userId: string | null
  readonly createdAt: Date
  /** What the session says of its own end; `null` follows the settings. */
  readonly expiry: Expiry
  /** When it ends if it is not used again. */
  readonly expiresAt: Date
  readonly data: Data
}

/** All sessions of an application: what adapters and operators work with. */
export interface Sessions<Data extends object = SessionData> {
  /** The session of the request with these headers. Does no I/O; `load()` does. */
  open(headers: RequestHeaders): Session<Data>
  /**
   * Ends a request's work on its session: stores what must be stored and gives the headers to send. Answers
   * at once, without a promise, when there is nothing to store. To be called once, before anything is sent.
   *
   * Throws or rejects with a `SessionError` when the session can't be kept; then nothing may be sent but an error.
   */
  commit(session: Session<Data>, response?: ResponseFacts): Outcome | Promise<Outcome>
  /** The live session with this id, or `undefined`. Looking at it here is no use of it: its deadline stays. */
  find(id: string): Promise<SessionInfo<Data> | undefined>
  /** A user's live sessions, newest first. */
  list(userId: string): Promise<SessionInfo<Data>[]>
  /** Ends the session with this id, wherever it is in use. `false` when there was none. */
  revoke(id: string): Promise<boolean>
  /** Ends all of a user's sessions, all but the one with the id `except`; gives their number. */
  revokeUser(userId: string, options?: { readonly except?: string | undefined }): Promise<number>
  /** Removes dead records and gives their number. To be run now and then: stores do not do it by themselves. */
  clearExpired(options?: ClearExpiredOptions): Promise<number>
}

/**
 * The sessions of an application.
 *
 * @example
 * import { createSessions } from "holdfast"
 * import { sqliteStore } from "holdfast/sqlite"
 *
 * const sessions = createSessions<{ views?: number }>({ store: sqliteStore("./sessions.db") })
 * @example
 * const sessions = createSessions({ seal: [process.env.SESSION_SECRET!] }) // no store: all in the cookie
 */
export function createSessions<Data extends object = SessionData>(
  options: SessionOptions<Data>,
): Sessions<Data> {
  const settings = settleOptions(options)
  if ((options.store === undefined) === (options.seal === undefined))
    throw new TypeError(
      `Sessions are kept in a store or sealed in the cookie: give one of the options "store" and "seal", not ${options.store ? "both" : "neither"}`,
    )
  if (options.seal !== undefined) {
    checkSecrets(options.seal)
    return assemble({ settings, engine: cookieEngine(options.seal, settings.cookie.name), codec: jsonCodec })
  }
  if (typeof options.store?.read !== "function")
    throw new TypeError(`The option "store" must be a Store; it is ${String(options.store)}`)
  const store = guardStore(options.store, settings.timeout)
  return assemble({ settings, engine: storeEngine(store, hashedTokens), codec: jsonCodec }, store)
}

/** Sessions on any engine and codec; `store` is what lies behind the engine, if anything does. */
export function assemble<Data extends object>(
  context: Context,
  store?: Store & Partial<UserIndex>,
): Sessions<Data> {
  const { settings, engine } = context

  /** The store, if it has the method; else an error that says what is missing. */
  function able<Method extends "read" | "delete" | keyof UserIndex>(
    method: Method,
    what: string,
  ): NonNullable<(Store & Partial<UserIndex>)[Method]> {
    if (!store)
      throw new TypeError(
        `These sessions can't be ${what}: they are sealed in their visitors' cookies, out of reach`,
      )
    const found = store[method]
    if (!found) throw new TypeError(`These sessions can't be ${what}: their store has no ${method}()`)
    return found as NonNullable<(Store & Partial<UserIndex>)[Method]>
  }

  function infoOf(record: SessionRecord): SessionInfo<Data> | undefined {
    const opened = openRecord(context, { record, version: "" })
    if (!opened) return undefined
    const { userId } = opened
    const { createdAt, expiry } = opened.contents
    const expiresAt = new Date(record.expiresAt)
    return {
      id: record.id,
      userId,
      createdAt: new Date(createdAt),
      expiry,
      expiresAt,
      data: opened.data as Data,
    }
  }

  return {
    open(headers) {
      const cookie = readCookie(cookieHeader(headers), settings.cookie.name, engine.isWellFormed)
      return new Session<Data>({
        context,
        cookie,
        isLoaded: !cookie,
        isClosed: false,
        busy: undefined,
        token: cookie || undefined,
        found: undefined,
        view: undefined,
        nextCookie: undefined,
        isDestroyed: false,
        isRotated: false,
        isLogin: false,
      })
    },

    commit(session, { status = 200, vary } = {}) {
      const state = stateOf(session)
      if (state.isClosed) return NOTHING
      try {
        const result = state.busy
          ? inTurn(state, async () => settle(state, status >= 500))
          : settle(state, status >= 500)
        if (typeof result === "string") return outcome(state, result, vary)
        return hold(state, result).then((settled) => outcome(state, settled, vary))
      } finally {
        close(state)
      }
    },

    async find(id) {
      const found = await able("read", "looked up")(id)
      return found && infoOf(found.record)
    },

    async list(userId) {
      const records = await able("listByUser", "listed by user")(userId)
      return records
        .flatMap((record) => infoOf(record) ?? [])
        .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
    },

    async revoke(id) {
      able("delete", "revoked")
      return engine.end!(id)
    },
    revokeUser: async (userId, { except } = {}) => able("deleteByUser", "revoked by user")(userId, except),
    clearExpired: async (options) => store?.clearExpired(options) ?? 0,
  }
}

const NOTHING: Outcome = { result: "nothing", headers: [] }

/** The headers that go with what was done: caches must know what depends on the cookie, and never keep one. */
function outcome(state: State, result: CommitResult, vary: ResponseFacts["vary"]): Outcome {
  const { nextCookie: next, view, context } = state
  if (!view) return NOTHING
  const headers: [string, string][] = [["vary", varyOnCookie(vary)]]
  if (next !== undefined) {
    const { settings } = context
    const maxAge = next === "" ? 0 : cookieMaxAge(view.expiry, view.createdAt, Date.now(), settings)
    headers.push(["set-cookie", writeCookie(settings.cookie, next, maxAge)], ["cache-control", "no-store"])
  }
  return { result, headers }
}
