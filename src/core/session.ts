import {
  checkExpiry,
  checkLogin,
  checkQuestion,
  type ExpiryQuestion,
  type LoginOptions,
} from "./call-options.ts"
import { commit } from "./commit.ts"
import type { SessionData } from "./data.ts"
import { begunAt, deadline, type Expiry, endsWithBrowser, expiryAge, ownExpiry } from "./expiry.ts"
import { refuseHabits } from "./habits.ts"
import { load } from "./load.ts"
import { closed, readOnly } from "./read-only.ts"
import { end, idOf, inTurn, look, peek, rotate, type State, setExpiry, signIn } from "./state.ts"
import { update } from "./update.ts"
import { checkUserId } from "./user-id.ts"
import { handOut } from "./view.ts"

/** The state behind a session, for the core alone. */
export let stateOf: <Data extends object>(session: Session<Data>) => State

/** Whether it is a session. */
export let isSession: (value: unknown) => value is Session<object>

/**
 * One visitor's session, as one request sees it. Nothing is written before the response is about to be sent, and then
 * only what changed; so a handler reads and changes `data` freely and synchronously.
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
    isSession = (value): value is Session<object> =>
      typeof value === "object" && value !== null && #state in value
    refuseHabits(Session.prototype)
  }

  /**
   * The session, ready for use. Reads the store once, however often and by whomever this is called; not at all
   * without a well-formed cookie, and up to four times where the browser sent several. Rejects with
   * `ERR_SESSION_STORE` when the store fails.
   */
  load(): Promise<this> {
    this.#loading ??= this.#state.isLoaded ? Promise.resolve(this) : load(this.#state).then(() => this)
    return this.#loading
  }

  /** Whether the session is ready for use: it was loaded, or there is nothing to read. */
  get isLoaded(): boolean {
    return this.#state.isLoaded
  }

  /**
   * The visitor's data: a plain object to read and change at will, nested values too. What changed is found
   * at the end of the request, by comparison, key by key. After the response began it is read-only, also where a handler has kept it.
   *
   * Throws `ERR_SESSION_DATA` when what is stored is damaged.
   */
  get data(): Data {
    const data = handOut(look(this.#state))
    return (this.#state.isClosed ? readOnly(data) : data) as Data
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
   * The session's name: what `sessions.list` shows and `sessions.revoke` takes. It is there from the beginning and
   * stays the same through rotations, and through logins unless they begin a session of their own. It opens nothing.
   * (On sessions shared with Django it is Django's key, which does.)
   */
  get id(): string {
    return idOf(this.#state)
  }

  /** When the session began. */
  get createdAt(): Date {
    return new Date(look(this.#state).createdAt)
  }

  /** When the user signed in; `null` while nobody has. Django does not keep it. */
  get signedInAt(): Date | null {
    const { signedInAt } = look(this.#state)
    return signedInAt === null ? null : new Date(signedInAt)
  }

  /** The session's own expiry, as `setExpiry` takes it. */
  get expiry(): Expiry {
    const { expiry } = look(this.#state)
    return expiry instanceof Date ? new Date(expiry) : expiry
  }

  /**
   * Signs `userId` in, under a new token, so that whoever knew the old one knows nothing (session fixation). An
   * anonymous visitor's session goes on, with its data; another user's ends. The absolute limit starts anew.
   *
   * The user's own session goes on too, but for a moment after a renewal: then the login begins a session of its own
   * with the data of this one, which ends once the new one has been in use for the `grace`.
   *
   * The commit throws `ERR_SESSION_ENDED` when the user's sessions were revoked meanwhile; nobody is signed in
   * then. When the user's mark can't be read, it throws `ERR_SESSION_STORE`, also when it is tried again:
   * `login` is to be called anew. Where it can't be read once more after the login was written, the session has ended.
   */
  login(userId: string, options: LoginOptions = {}): void {
    checkUserId("login(userId)", userId)
    checkLogin(options)
    signIn(this.#open(), userId, options.mark)
  }

  /** Signs the user out: `destroy()` under the name that goes with `login`. */
  logout(): void {
    this.destroy()
  }

  /** Goes on with the same session under a new token; the old one stops working. For a change of privilege. */
  rotate(): void {
    rotate(this.#open())
  }

  /**
   * Forgets the session: it ends in the store and the cookie is cleared, even when the request ends in an
   * error. What is put into `data` afterwards begins a new session.
   */
  destroy(): void {
    end(this.#open())
  }

  /**
   * Changes the data and stores it at once, so that no parallel request can come between reading and
   * writing: `await session.update((data) => { data.hits += 1 })`. Gives what `change` returns.
   *
   * `change` gets the newest stored data, may be called again when another request was faster, and must be synchronous.
   * Other unsaved changes of this request stay unsaved, and what `data` holds beside the keys that have changed stays
   * in place. In a session that is not stored yet, which no other request can see, the change is made in place and
   * stored with the response.
   *
   * Rejects with `ERR_SESSION_ENDED` when the session was ended meanwhile.
   */
  update<Result>(change: (data: Data) => Result): Promise<Result> {
    return update(this.#state, change as (data: object) => Result)
  }

  /**
   * Stores what changed now instead of with the response: before a long stream, say. When it settles the
   * changes are safe, whatever becomes of the response.
   *
   * Rejects with `ERR_SESSION_ENDED` when the session was ended meanwhile.
   */
  save(): Promise<void> {
    const saving = this.#save()
    saving.catch(() => {}) // the commit tells it too, to whoever does not wait here
    return saving
  }

  async #save(): Promise<void> {
    const state = this.#state
    if (state.isClosed) {
      await state.busy
      return
    }
    look(state)
    await inTurn(state, async () => commit(state, false))
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
    const own = ownExpiry(expiry)
    checkExpiry(own)
    setExpiry(this.#open(), own)
  }

  /** The seconds until the session ends, if it is last used now; Django's arithmetic within the absolute limit. */
  getExpiryAge(question: ExpiryQuestion = {}): number {
    checkQuestion("getExpiryAge(question)", question)
    const { modification = new Date(), expiry } = question
    const view = look(this.#state)
    const chosen = expiry === undefined ? view.expiry : ownExpiry(expiry)
    return expiryAge(chosen, begunAt(view), modification.getTime(), this.#state.context.settings)
  }

  /** When the session ends, if it is last used now. */
  getExpiryDate(question: ExpiryQuestion = {}): Date {
    checkQuestion("getExpiryDate(question)", question)
    const { modification = new Date(), expiry } = question
    const view = look(this.#state)
    const chosen = expiry === undefined ? view.expiry : ownExpiry(expiry)
    return new Date(deadline(chosen, begunAt(view), modification.getTime(), this.#state.context.settings))
  }

  /** Whether the cookie ends with the browser. */
  getExpireAtBrowserClose(): boolean {
    const { settings } = this.#state.context
    return endsWithBrowser(look(this.#state).expiry, settings.expireAtBrowserClose)
  }

  /**
   * What `JSON.stringify` and `console.log` show: `isNew`, `userId` and the data; `isLoaded: false` before it is loaded. No token and
   * no secret. To show a session is no use of it.
   */
  toJSON(): object {
    return peek(this.#state)
  }

  /** The state, to be changed; refused once the response has begun. */
  #open(): State {
    if (this.#state.isClosed) throw closed()
    return this.#state
  }
}
