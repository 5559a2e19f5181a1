import { encode, rebase, settle } from "./commit.ts"
import { isPlainObject, type SessionData, stringifyData } from "./data.ts"
import { SessionError } from "./errors.ts"
import { deadline, type Expiry, endsWithBrowser, expiryAge, isSameExpiry } from "./expiry.ts"
import { follow, freshView, look, openRecord, type State, type View } from "./state.ts"
import { orNone } from "./trail.ts"

/** What `getExpiryAge` and `getExpiryDate` take to answer for another moment or another expiry. */
export interface ExpiryQuestion {
  /** When the session was, or will be, last changed. @default now */
  readonly modification?: Date
  /** An expiry to answer for instead of the session's own. */
  readonly expiry?: Expiry
}

/** The state behind a session, for the core alone. */
export let stateOf: <Data extends object>(session: Session<Data>) => State

/**
 * One visitor's session, as one request sees it. Nothing is written before the response is about to be sent, and then only
 * what changed; so a handler reads and changes `data` freely and synchronously.
 */
export class Session<Data extends object = SessionData> {
  readonly #state: State
  #loading: Promise<this> | undefined

  /** Sessions come from `sessions.open()`. */
  constructor(state: State) {
    this.#state = state
  }

  static {
    stateOf = (session) => session.#state
  }

  /**
   * The session, ready for use: one read of the store at the most, however often and by whomever this is
   * called, and none without a well-formed cookie. Rejects with `ERR_SESSION_STORE` when the store fails.
   */
  load(): Promise<this> {
    this.#loading ??= this.#read()
    return this.#loading
  }

  // Chained by hand, since every request comes by: an async function allocates some 200 bytes more.
  #read(): Promise<this> {
    const state = this.#state
    if (state.isLoaded || state.token === undefined) return Promise.resolve(this)
    return state.context.engine.find(state.token).then((found) => {
      state.found = orNone(found)
      state.isLoaded = true
      return this
    })
  }

  /** Whether the session is ready for use: it was loaded, or there is nothing to read. */
  get isLoaded(): boolean {
    return this.#state.isLoaded
  }

  /**
   * The visitor's data: a plain object to read and change at will, nested values too. What changed is found
   * at the end of the request, by comparison, key by key. After the response began it is read-only.
   */
  get data(): Data {
    const view = look(this.#state)
    view.isHandedOut = true
    return (this.#state.isClosed ? readOnly(view.data) : view.data) as Data
  }

  /** Whether there is no stored session behind this one (yet). */
  get isNew(): boolean {
    return !look(this.#state).isStored
  }

  /** Who is signed in, or `null`. */
  get userId(): string | null {
    return look(this.#state).userId
  }

  /**
   * The id the session is stored under: what `sessions.list` shows and `sessions.revoke` takes. It is the
   * token's hash and opens nothing. `undefined` while the session is not stored.
   */
  get id(): string | undefined {
    return look(this.#state).isStored ? this.#state.found?.record.id : undefined
  }

  /**
   * Signs `userId` in, under a new token, so that whoever knew the old one knows nothing (session fixation). The data of an
   * anonymous visitor stays; another user's is forgotten. The absolute limit starts anew.
   */
  login(userId: string): void {
    if (typeof userId !== "string" || userId.length === 0 || userId.length > 255)
      throw new TypeError(`login(userId) takes a string of 1 to 255 characters; it got ${describe(userId)}`)
    const before = this.#change()
    if (before.userId !== null && before.userId !== userId) this.destroy()
    const state = this.#state
    const view = look(state)
    view.userId = userId
    view.createdAt = Date.now()
    state.isRotated = state.isLogin = true
  }

  /** Signs the user out: `destroy()` under the name that goes with `login`. */
  logout(): void {
    this.destroy()
  }

  /** Goes on with the same session under a new token; the old one stops working. For a change of privilege. */
  rotate(): void {
    this.#change()
    this.#state.isRotated = true
  }

  /**
   * Forgets the session: its record is deleted and the cookie cleared, even when the request ends in an
   * error. What is put into `data` afterwards begins a new session.
   */
  destroy(): void {
    this.#change()
    const state = this.#state
    state.isDestroyed = true
    state.isRotated = state.isLogin = false
    state.view = freshView(state.context.settings)
  }

  /**
   * Changes the data and stores it at once, so that no parallel request can come between reading and
   * writing: `await session.update((data) => { data.hits += 1 })`. Gives what `change` returns.
   *
   * `change` gets the newest stored data, may be called again when another request was faster, and must be synchronous. Other
   * unsaved changes of this request stay unsaved. In a session that is not stored yet, which no other request can see,
   * the change is made in place and stored with the response.
   *
   * Rejects with `ERR_SESSION_CONFLICT` when the session was ended meanwhile.
   */
  update<Result>(change: (data: Data) => Result): Promise<Result> {
    return inTurn(this.#state, async () => {
      const state = this.#state
      const view = look(state)
      const { context, found } = state
      if (!view.isStored || !context.engine.isShared) {
        this.#change()
        return call(change, this.data)
      }

      let result: Result | undefined
      let kept = view.text
      let keptExpiry = view.storedExpiry
      const answer = await context.engine.keep({
        plan: "replace",
        found,
        size: view.text.length,
        isLogin: false,
        expiresAt: deadline(view.storedExpiry, view.createdAt, Date.now(), context.settings),
        draft(latest) {
          const theirs = latest && openRecord(context, latest)
          if (!theirs) throw ended()
          const { contents, data, text } = theirs
          result = call(change, data as Data)
          kept = stringifyData(data, text, context.settings.validate !== undefined)
          keptExpiry = contents.expiry
          return encode(context, { ...contents, userId: theirs.userId, text: kept }, latest.record, true)
        },
      })
      if (answer.isGone) throw ended()
      follow(state, answer)
      if (isSameExpiry(view.expiry, view.storedExpiry)) view.expiry = keptExpiry
      view.storedExpiry = keptExpiry
      rebase(state, view, view.text, kept)
      return result as Result
    })
  }

  /**
   * Stores what changed now instead of with the response: before a long stream, say. When it settles the
   * changes are safe, whatever becomes of the response.
   *
   * Rejects with `ERR_SESSION_CONFLICT` when the session was ended meanwhile.
   */
  async save(): Promise<void> {
    const state = this.#state
    if (state.isClosed) {
      await state.busy
      return
    }
    look(state)
    if ((await inTurn(state, async () => settle(state, false))) === "gone") throw ended()
  }

  /**
   * Gives the session its own end, which is stored with it.
   * - a number: that many seconds after its last use
   * - a `Date`: at that instant
   * - `0`: when the browser closes; on the server as `null`
   * - `null`: as the settings say
   *
   * None reaches past the `absolute` limit.
   */
  setExpiry(expiry: Expiry): void {
    const isValid =
      expiry === null ||
      (expiry instanceof Date
        ? !Number.isNaN(expiry.getTime())
        : typeof expiry === "number" && expiry >= 0 && Number.isFinite(expiry))
    if (!isValid)
      throw new TypeError(
        `setExpiry(expiry) takes seconds from 0 up, a valid Date or null; it got ${describe(expiry)}`,
      )
    this.#change().expiry = expiry
  }

  /** The seconds until the session ends, if it is last used now; Django's arithmetic within the absolute limit. */
  getExpiryAge({ modification = new Date(), expiry }: ExpiryQuestion = {}): number {
    const view = look(this.#state)
    const chosen = expiry === undefined ? view.expiry : expiry
    return expiryAge(chosen, view.createdAt, modification.getTime(), this.#state.context.settings)
  }

  /** When the session ends, if it is last used now. */
  getExpiryDate({ modification = new Date(), expiry }: ExpiryQuestion = {}): Date {
    const view = look(this.#state)
    const chosen = expiry === undefined ? view.expiry : expiry
    return new Date(deadline(chosen, view.createdAt, modification.getTime(), this.#state.context.settings))
  }

  /** Whether the cookie ends with the browser. */
  getExpireAtBrowserClose(): boolean {
    const { settings } = this.#state.context
    return endsWithBrowser(look(this.#state).expiry, settings.expireAtBrowserClose)
  }

  /** The view, to be changed; refused once the response has begun. */
  #change(): View {
    if (this.#state.isClosed) throw closed()
    return look(this.#state)
  }
}

/** Ends the handler's time to change the session. What is written to `data` from now on throws. */
export function close(state: State): void {
  state.isClosed = true
  if (state.view?.isHandedOut) Object.freeze(state.view.data)
}

/** Runs `work` after the updates and saves of the same request that are still under way. */
export function inTurn<Result>(state: State, work: () => Promise<Result>): Promise<Result> {
  return hold(state, state.busy ? state.busy.then(work, work) : work())
}

/** Lets the updates and saves that follow wait for this one. */
export function hold<Result>(state: State, turn: Promise<Result>): Promise<Result> {
  const over = (): void => {
    if (state.busy === turn) state.busy = undefined
  }
  state.busy = turn
  turn.then(over, over)
  return turn
}

function call<Data, Result>(change: (data: Data) => Result, data: Data): Result {
  const result = change(data)
  if (typeof (result as PromiseLike<unknown> | undefined)?.then === "function")
    throw new TypeError("update(change) takes a synchronous function; it got one that returns a promise")
  return result
}

/** A late handler's view of the data: reading goes on, writing throws instead of being lost in silence. */
function readOnly(value: unknown): unknown {
  // What a schema made, such as a date, works only as itself.
  if (!Array.isArray(value) && !isPlainObject(value)) return value
  // A copy, since a proxy may not hand out proxies for what lies in a frozen object.
  const copy: object = Array.isArray(value) ? [...value] : { ...value }
  const refuse = (): never => {
    throw closed()
  }
  return new Proxy(copy, {
    get: (target, key) => readOnly(Reflect.get(target, key)),
    set: refuse,
    defineProperty: refuse,
    deleteProperty: refuse,
  })
}

function ended(): SessionError {
  return new SessionError(
    "ERR_SESSION_CONFLICT",
    "The session was ended by another request, so that nothing was stored",
  )
}

function closed(): SessionError {
  return new SessionError(
    "ERR_SESSION_CLOSED",
    "The session was changed after the response had begun; change it earlier, or use await session.update()",
  )
}

function describe(value: unknown): string {
  return typeof value === "string" ? `one of ${value.length} characters` : String(value)
}
