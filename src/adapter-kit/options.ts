import { checkNames, type OptionNames, type Words } from "../core/option-names.ts"
import { checkBoolean, checkFunction, checkText } from "../core/option-values.ts"
import { isSession } from "../core/session.ts"
import { kindOf } from "../core/shown.ts"
import type { AdapterOptions, MountOptions, Sessions } from "../index.ts"

/** The names of the options that an adapter takes which puts the session on a request or context. */
export const MOUNT_OPTIONS: OptionNames<MountOptions> = { lazy: true, property: true }

/** Throws a `TypeError` unless an adapter got sessions and options as it takes them; `names` are those of its options. */
export function checkAdapter<Options extends AdapterOptions>(
  sessions: unknown,
  options: Options,
  names: OptionNames<Options>,
): void {
  const { open, commit } = Object(sessions) as Partial<Sessions>
  if (typeof open !== "function" || typeof commit !== "function") {
    const isStore = "store" in Object(sessions) || "read" in Object(sessions)
    throw new TypeError(
      `session(sessions) takes what createSessions({ store }) gives; it got ${kindOf(sessions)}${
        isStore ? ": write session(createSessions({ store }))" : ""
      }`,
    )
  }
  checkNames<Options>("session(sessions, options)", options, names, WORDS)
  const { lazy, property, onError } = options as { lazy?: unknown; property?: unknown; onError?: unknown }
  if (lazy !== undefined) checkBoolean("lazy", lazy)
  if (property !== undefined) checkText("property", property)
  if (onError !== undefined) checkFunction("onError", onError)
}

const BEFORE = "it is not the adapter's; write it where the sessions are made: createSessions({ … })"
const WORDS: Words = Object.fromEntries(
  [
    "store",
    "seal",
    "schema",
    "idle",
    "absolute",
    "cookie",
    "secret",
    "name",
    "resave",
    "saveUninitialized",
  ].map((name) => [name, BEFORE]),
)

/**
 * Throws a `TypeError` when a program has put something else where the adapter had put the session: `req.session = null`, by
 * which other libraries sign out. Another session of ours may take the place.
 */
export function checkPlace(value: unknown, session: unknown): void {
  if (value === session || isSession(value)) return
  throw new TypeError(
    value === null || value === undefined
      ? `A request's session can't be set to ${value}: to sign out and forget the session, write session.logout()`
      : `A request's session can't be replaced, here by ${kindOf(value)}: what it holds is in its data; write Object.assign(session.data, values)`,
  )
}
