import { checkBatches, checkOpen, checkRevokeUser } from "./call-options.ts"
import { checkStore } from "./check-store.ts"
import { readCookies } from "./cookie.ts"
import { cookieEngine } from "./cookie-engine.ts"
import type { SessionData } from "./data.ts"
import type { Directory, Live } from "./engine.ts"
import { type Expiry, lastUse } from "./expiry.ts"
import { guardStore } from "./guard.ts"
import { cookieHeader, type RequestHeaders } from "./headers.ts"
import { checkNames } from "./option-names.ts"
import { SESSION_WORDS } from "./option-words.ts"
import { resolveOptions, SESSION_OPTIONS, type SessionOptions, type WithSchema } from "./options.ts"
import { commitRequest, type Outcome } from "./request-commit.ts"
import { requestsOf, whyNone } from "./requests.ts"
import type { ResponseFacts } from "./response-facts.ts"
import { checkSecrets } from "./seal.ts"
import { Session, stateOf } from "./session.ts"
import { type Context, newState } from "./state.ts"
import type { ClearExpiredOptions } from "./store.ts"
import { sessionTokens } from "./token.ts"
import { tokenEngine } from "./token-engine.ts"
import { checkUserId, isUserId } from "./user-id.ts"
import { openText } from "./view.ts"

/** How a request's session is opened. */
export interface OpenOptions extends AdapterOptions {
  /**
   * The request itself, or all objects that stand for it: it has one session, however often that is opened, and
   * `of(request)` finds it.
   */
  readonly request?: object | readonly object[] | undefined
}

/** How an adapter behaves. */
export interface AdapterOptions {
  /** Read nothing until the handler awaits `session.load()`. @default false: loaded before the handler runs */
  readonly lazy?: boolean
}

/** How an adapter behaves that puts the session on a request or a context. */
export interface MountOptions<Name extends string = string> extends AdapterOptions {
  /** The name of the property that holds the session, for a second kind of sessions say. @default "session" */
  readonly property?: Name
}

/** One of a user's sessions, as an overview shows it. */
export interface SessionInfo<Data extends object = SessionData> {
  /** What `revoke` takes. It can't be used as a cookie. */
  readonly id: string
  readonly userId: string | null
  readonly createdAt: Date
  /** When its user signed in; `null` while nobody has, and for Django's sessions, which do not keep it. */
  readonly signedInAt: Date | null
  /**
   * When it was last used, or somewhat before: uses are noted once per tenth of the idle time, and none of a session
   * that ends at a fixed instant.
   */
  readonly usedAt: Date
  /** What the session says of its own end; `null` follows the settings. */
  readonly expiry: Expiry
  /** When it ends if it is not used again. */
  readonly expiresAt: Date
  readonly data: Data
}

/** All sessions of an application: what adapters and operators work with. */
export interface Sessions<Data extends object = SessionData> {
  /** The session of the request with these headers. Does no I/O; `load()` does. */
  open(headers: RequestHeaders, options?: OpenOptions): Session<Data>
  /**
   * The session that middleware of these sessions has opened for a request: typed, and without a global. Takes what the framework
   * hands out: a request of Express, Node or fetch, Fastify's request, the context of Koa or Hono. Throws a `TypeError`
   * when there is none.
   */
  of(request: object): Session<Data>
  /** Whether a session was opened for the request, so that whoever did that commits it. */
  isOpen(request: object | readonly object[]): boolean
  /**
   * Ends a request's work on its session: stores what must be stored and gives the headers to send. Answers
   * at once, without a promise, when there is nothing to store. To be called before anything is sent.
   *
   * Throws or rejects with a `SessionError` when the session can't be kept; then nothing may be sent but an error, for
   * which a second call gives the headers. One that was ended, superseded or signed in anew while this request changed
   * it is `ERR_SESSION_ENDED`, unless the option `onEnded` says otherwise.
   */
  commit(session: Session<Data>, response?: ResponseFacts): Outcome | Promise<Outcome>
  /** The live session with this id, or `undefined`. Looking at it here is no use of it: its deadline stays. */
  find(id: string): Promise<SessionInfo<Data> | undefined>
  /** A user's live sessions, newest first. An id that no store can keep is a `TypeError`, here and wherever one is given. */
  list(userId: string): Promise<SessionInfo<Data>[]>
  /**
   * The user's mark, which every `revokeUser` changes. An application takes it before it checks a password and hands it
   * to `session.login(userId, { mark })`: then no login slips through whose password was checked before it was changed.
   * Where no user's sessions can be revoked it is `""`, and so it is for text that can't be a user's id: what a visitor
   * typed may be asked for as it is.
   */
  mark(userId: string): Promise<string>
  /** Ends the session with this id, wherever it is in use. `false` when there was none. */
  revoke(id: string): Promise<boolean>
  /**
   * Ends all of a user's sessions, all but the one with the id `except`; gives their number. Logins of the user that
   * are under way do not count either. When the store has no room to say so, it ends what it finds and then rejects.
   */
  revokeUser(userId: string, options?: { readonly except?: string | undefined }): Promise<number>
  /** Removes dead records and gives their number. To be run now and then: stores do not do it by themselves. */
  clearExpired(options?: ClearExpiredOptions): Promise<number>
}

/**
 * The sessions of an application. Their data has the type that the schema gives it. Without a schema it has the type that one names,
 * every key of it optional, since a new session holds none.
 *
 * @example
 * import { createSessions } from "holdfast"
 * import { sqliteStore } from "holdfast/sqlite"
 *
 * const sessions = createSessions<{ views?: number }>({ store: sqliteStore("./sessions.db") })
 * @example
 * const sessions = createSessions({ seal: [process.env.SESSION_SECRET!] }) // no store: all in the cookie
 */
export function createSessions<Data extends object>(
  options: SessionOptions<Data> & WithSchema<Data>,
): Sessions<Data>
export function createSessions<Data extends object = SessionData>(
  options: SessionOptions<Data>,
): Sessions<Partial<Data>>
export function createSessions<Data extends object>(options: SessionOptions<Data>): Sessions<Data> {
  checkNames("createSessions(options)", options, SESSION_OPTIONS, SESSION_WORDS)
  const settings = resolveOptions(options)
  const isBoth = options.store !== undefined && options.seal !== undefined
  if (isBoth || !("store" in options || "seal" in options))
    throw new TypeError(
      `Sessions are kept in a store or sealed in the cookie: give one of the options "store" and "seal", not ${isBoth ? "both" : "neither"}`,
    )
  if (options.seal !== undefined || (options.store === undefined && "seal" in options)) {
    for (const name of ["renew", "grace", "onReuse"] as const)
      if (options[name] !== undefined)
        throw new TypeError(
          `The option "${name}" is for sessions in a store; what is sealed in a cookie stays good until its deadline`,
        )
    checkSecrets(options.seal)
    return sessionsOf({ settings, engine: cookieEngine(options.seal, settings) })
  }
  checkStore('The option "store"', options.store)
  const store = guardStore(options.store, settings.timeout)
  return sessionsOf({ settings, engine: tokenEngine(store, settings, sessionTokens) })
}

/** The sessions of an engine. */
export function sessionsOf<Data extends object>(context: Context): Sessions<Data> {
  const { settings, engine } = context

  function directory(what: string): Directory {
    if (engine.directory) return engine.directory
    throw new TypeError(
      `These sessions can't be ${what}: they are sealed in their visitors' cookies, out of reach`,
    )
  }

  function infoOf(live: Live): SessionInfo<Data> | undefined {
    const opened = openText(live.text, settings)
    if (!opened) return undefined
    const { id, userId, createdAt, signedInAt, expiry, expiresAt } = live
    return {
      id,
      userId,
      createdAt: new Date(createdAt),
      signedInAt: signedInAt === null ? null : new Date(signedInAt),
      usedAt: new Date(lastUse(live, expiresAt, settings)),
      expiry,
      expiresAt: new Date(expiresAt),
      data: opened.data as Data,
    }
  }

  const requests = requestsOf<Data>()

  return {
    open(headers, options = {}) {
      checkOpen(options)
      const { lazy = false, request } = options
      const known = request && requests.get(request)
      if (known) {
        if (Array.isArray(request)) requests.keep(request, known)
        return known
      }
      const { tokens, isThere } = readCookies(
        cookieHeader(headers),
        settings.cookie.name,
        engine.isWellFormed,
        engine.takesLast,
      )
      const session = new Session<Data>(newState(context, tokens, isThere, lazy))
      if (request) requests.keep(request, session)
      return session
    },

    of(request) {
      const session = requests.find(Object(request))
      if (session) return session
      throw new TypeError(whyNone(request))
    },

    isOpen: (request) => requests.get(request) !== undefined,

    commit: (session, response = {}) => commitRequest(stateOf(session), response),

    async find(id) {
      const live = await directory("looked up").find(id)
      return live && infoOf(live)
    },

    async list(userId) {
      checkUserId("list(userId)", userId)
      const sessions = await directory("listed by user").list(userId)
      return sessions
        .flatMap((live) => infoOf(live) ?? [])
        .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
    },

    async mark(userId) {
      if (typeof userId !== "string") checkUserId("mark(userId)", userId)
      return isUserId(userId) ? (engine.mark?.(userId) ?? "") : ""
    },
    revoke: async (id) => directory("revoked").revoke(id),
    async revokeUser(userId, options = {}) {
      checkUserId("revokeUser(userId)", userId)
      checkRevokeUser(options)
      return directory("revoked by user").revokeUser(userId, options.except)
    },
    async clearExpired(options) {
      if (options !== undefined) checkBatches("clearExpired(options)", options)
      return engine.directory?.clearExpired(options) ?? 0
    },
  }
}
