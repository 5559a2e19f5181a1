import { parseData, type SessionData, setOwn, stringifyData } from "./data.ts"
import type { Draft, Live } from "./engine.ts"
import { SessionError } from "./errors.ts"
import { type Expiry, isSameExpiry } from "./expiry.ts"
import { changedKeys } from "./merge.ts"
import { type Settings, setAside } from "./options.ts"
import { keyOf, piecesOf } from "./pieces.ts"

/** A session as the handler sees it, and as it was. Only this file and `state.ts` assign to it. */
export interface View {
  /** The user's own object; parsed when somebody first asks for it, unless a schema has to see it before. */
  data: object | undefined
  /** The handler has had `data` in its hands, so that it may have changed. */
  isHandedOut: boolean
  /** The JSON of the data as it is kept: what changed is what differs from this. */
  text: string
  userId: string | null
  createdAt: number
  signedInAt: number | null
  expiry: Expiry
  /** The expiry as it is kept. */
  storedExpiry: Expiry
  /** Whether it continues a stored session. */
  isStored: boolean
}

/** Text and expiry of a session: what requests change, and merge. */
export interface Changeable {
  readonly text: string
  readonly expiry: Expiry
}

/** The view of a session that was found; `undefined` when the schema refuses its data. */
export function viewOf(live: Live, settings: Settings): View | undefined {
  const { userId, createdAt, signedInAt, expiry } = live
  const opened = settings.validate ? openText(live.text, settings) : { data: undefined, text: live.text }
  if (!opened) return undefined
  return {
    ...opened,
    isHandedOut: false,
    userId,
    createdAt,
    signedInAt,
    expiry,
    storedExpiry: expiry,
    isStored: true,
  }
}

/** The view of a new session. */
export function freshView(settings: Settings): View {
  const data = settings.fresh()
  return {
    data,
    isHandedOut: false,
    text: settings.validate ? JSON.stringify(data) : "{}",
    userId: null,
    createdAt: Date.now(),
    signedInAt: null,
    expiry: null,
    storedExpiry: null,
    isStored: false,
  }
}

/** The data, for the handler's hands. Throws `ERR_SESSION_DATA` when what was stored is damaged. */
export function handOut(view: View): object {
  view.data ??= parseData(view.text)
  if (!view.data) throw new SessionError("ERR_SESSION_DATA", "The stored data is not the JSON of an object")
  view.isHandedOut = true
  return view.data
}

/** The JSON of the data as the handler has left it. Throws `ERR_SESSION_DATA` for what can't be kept. */
export function textOf(view: View, settings: Settings): string {
  if (!view.isHandedOut) return view.text
  return stringifyData(view.data!, view.text, settings.validate !== undefined, settings.maxBytes)
}

/**
 * What the application sees of stored text: its data as the schema has it, and the JSON of that. Text that is no
 * object's or that the schema refuses is set aside: `undefined`, with a warning.
 */
export function openText(
  text: string,
  settings: Settings,
): { readonly data: object; readonly text: string } | undefined {
  const data = parseData(text)
  if (!data) return setAside(settings, "its data is not the JSON of an object")
  if (!settings.validate) return { data, text }
  const valid = settings.validate(data)
  if ("refusal" in valid) return setAside(settings, `the schema refuses it: ${valid.refusal}`)
  return { data: valid.value, text: valid.text }
}

/**
 * Moves the view on to what is kept by now, as the application sees it and as it is `stored`. `from` is the data's text when the change was made that is kept: what the
 * handler changed since then stays changed, and values that nobody else has changed stay the very same objects.
 */
export function rebase(
  view: View,
  from: string,
  kept: Draft & { readonly stored: string },
  settings: Settings,
): void {
  if (isSameExpiry(view.expiry, view.storedExpiry)) view.expiry = kept.expiry
  view.createdAt = kept.createdAt
  view.storedExpiry = kept.expiry
  view.isStored = true
  // What is kept is what this request made: whatever differs from it was changed since.
  if (kept.text === from) {
    view.text = from
    return
  }
  const opened = settings.validate ? openText(kept.stored, settings) : { data: undefined, text: kept.text }
  if (!opened) return
  view.text = opened.text
  if (!view.isHandedOut) view.data = opened.data
  else if (opened.text !== from) takeOver(view, from, opened)
}

/** Gives the handler's data what has changed `from` this text, but for keys that the handler has changed since. */
function takeOver(view: View, from: string, kept: { data: object | undefined; text: string }): void {
  const before = piecesOf(from)
  const after = piecesOf(kept.text, before)
  const changes = changedKeys(before, after)
    .map((literal) => ({ key: keyOf(literal), was: before.get(literal), is: after.get(literal) }))
    .filter(({ key, was }) => isUnchanged(view.data as SessionData, key, was))
  if (!changes.every(({ key }) => isFree(view.data!, key))) view.data = { ...view.data }
  const mine = view.data as SessionData
  for (const { key, is } of changes)
    if (is === undefined) delete mine[key]
    else setOwn(mine, key, kept.data ? (kept.data as SessionData)[key] : JSON.parse(is))
}

/** Whether the key can be set and deleted: the handler may have sealed the data, or defined the key by itself. */
function isFree(data: object, key: string): boolean {
  const own = Reflect.getOwnPropertyDescriptor(data, key)
  return own ? own.configurable === true && own.writable === true : Object.isExtensible(data)
}

/** Whether the key holds what it held `before`, as JSON. What JSON can't hold was not there before. */
function isUnchanged(data: SessionData, key: string, before: string | undefined): boolean {
  try {
    return before === (Object.hasOwn(data, key) ? JSON.stringify(data[key]) : undefined)
  } catch {
    return false
  }
}
