import type { Codec, Contents } from "./codec.ts"
import { parseData } from "./data.ts"
import type { Engine, Kept } from "./engine.ts"
import { SessionError } from "./errors.ts"
import type { Expiry } from "./expiry.ts"
import type { Settings } from "./options.ts"
import type { Found } from "./record.ts"
import { successorOf } from "./trail.ts"

/** What all sessions of one `createSessions` share. */
export interface Context {
  readonly settings: Settings
  readonly engine: Engine
  readonly codec: Codec
}

/** What one request knows of its session. */
export interface State {
  readonly context: Context
  /** The cookie as it came: a well-formed token, `""` when there was one but none usable, `undefined` without. */
  readonly cookie: string | undefined
  isLoaded: boolean
  /** The response has begun. */
  isClosed: boolean
  /** The last `update` or `save` under way: they run one after another. */
  busy: Promise<unknown> | undefined
  /** The record the session continues, as last read or written by this request. */
  found: Found | undefined
  /** The token that leads to `found`. */
  token: string | undefined
  /** The decoded session, from the moment the handler first looks. */
  view: View | undefined
  /** The cookie's next value; `undefined` leaves it alone. */
  nextCookie: string | undefined
  isDestroyed: boolean
  isRotated: boolean
  isLogin: boolean
}

/** A session as the handler sees it, and as it was. */
export interface View {
  /** The user's own object. */
  data: object
  /** The handler has had `data` in its hands, so that it may have changed. */
  isHandedOut: boolean
  /** Its JSON when it was handed out: what changed is what differs from this. */
  text: string
  userId: string | null
  createdAt: number
  expiry: Expiry
  /** The expiry as stored. */
  storedExpiry: Expiry
  /** Whether it continues a stored record. */
  isStored: boolean
}

/** The decoded session; decodes it at the first look. Throws `ERR_SESSION_NOT_LOADED` before `load()`. */
export function look(state: State): View {
  if (state.view) return state.view
  if (!state.isLoaded)
    throw new SessionError(
      "ERR_SESSION_NOT_LOADED",
      "The session is not loaded yet: await session.load() first",
    )
  const opened = state.found && openRecord(state.context, state.found)
  state.view = opened
    ? {
        data: opened.data,
        isHandedOut: false,
        text: opened.text,
        userId: opened.userId,
        createdAt: opened.contents.createdAt,
        expiry: opened.contents.expiry,
        storedExpiry: opened.contents.expiry,
        isStored: true,
      }
    : freshView(state.context.settings)
  return state.view
}

/** Goes on from what is kept now: under its new token, and with the cookie sent again where it ends with the deadline. */
export function follow(state: State, { found, token }: Kept): void {
  state.found = found
  if (token !== undefined) {
    state.token = token || undefined
    // Nothing is cleared in a browser that has nothing of ours.
    if (token !== "" || state.cookie !== undefined || state.nextCookie) state.nextCookie = token
  } else if (!Number.isFinite(state.context.settings.absolute)) state.nextCookie = state.token
}

/** A new session. */
export function freshView(settings: Settings): View {
  const data = settings.fresh()
  return {
    data,
    isHandedOut: false,
    text: JSON.stringify(data),
    userId: null,
    createdAt: Date.now(),
    expiry: null,
    storedExpiry: null,
    isStored: false,
  }
}

/** What a record says: decoded, within the absolute limit, and as the schema has it. `undefined` if it can't be used. */
export function openRecord(
  { settings, codec }: Context,
  { record }: Found,
): { contents: Contents; userId: string | null; data: object; text: string } | undefined {
  if (successorOf(record)) return undefined
  const contents = codec.decode(record.payload)
  const data = contents && parseData(contents.text)
  if (!contents || !data) return setAside(settings, "it is not in this version's format")
  const { createdAt, expiry } = contents
  if (createdAt + settings.absolute * 1000 <= Date.now()) return undefined
  // A touch by a request that had read an older expiry may have moved the record's own deadline past this instant.
  if (expiry instanceof Date && expiry.getTime() <= Date.now()) return undefined
  const userId = contents.userId === undefined ? record.userId : contents.userId
  if (!settings.validate) return { contents, userId, data, text: contents.text }
  const valid = settings.validate(data)
  if ("refusal" in valid) return setAside(settings, `the schema refuses it: ${valid.refusal}`)
  return { contents, userId, data: valid.value, text: JSON.stringify(valid.value) }
}

/** Says why a stored session is not used. It stays where it is: nothing is lost by a wrong schema. */
function setAside(settings: Settings, reason: string): undefined {
  settings.warn(`A stored session was set aside, since ${reason}`)
  return undefined
}
