import { type Codec, isUnread } from "../core/codec.ts"
import { parseData, type SessionData } from "../core/data.ts"
import { SessionError } from "../core/errors.ts"
import { wrongOption } from "../core/option-values.ts"
import type { SessionRecord } from "../core/record.ts"
import { shown, sortOf } from "../core/shown.ts"

/** A session that is about to be stored, as the functions for columns see it. */
export interface StoredSession {
  /** All of Django's dictionary but `_session_expiry`. */
  readonly data: Readonly<SessionData>
  /** Its `_auth_user_id`. */
  readonly userId: string | null
  /** When it ends unless it is saved again. */
  readonly expiresAt: Date
}

/** What a column may be given. Databases read dates, and numbers of any size, from text. */
export type ColumnValue = string | number | boolean | null

/** Columns of a session model of one's own, each with what it holds for a session. */
export type SessionColumns = Readonly<Record<string, (session: StoredSession) => ColumnValue>>

/** The columns' names, checked. Throws a `TypeError` for a name or a function that is none. */
export function columnNames(columns: SessionColumns = {}): readonly string[] {
  if (typeof columns !== "object" || columns === null || Array.isArray(columns))
    throw wrongOption("columns", "must be an object of functions, one for each column", columns)
  for (const [name, column] of Object.entries(columns)) {
    if (!COLUMN.test(name))
      throw new TypeError(
        `The option "columns" must name columns by letters, digits and underscores, at most 63; it names ${shown(name)}`,
      )
    if (DJANGO.includes(name.toLowerCase()))
      throw new TypeError(`The option "columns" is for columns of one's own; "${name}" is Django's`)
    if (typeof column !== "function")
      throw wrongOption(`columns.${name}`, "must be a function (session) => value", column)
  }
  return Object.keys(columns)
}

/** What the columns hold for the session in a record, in the order of their names. */
export type ColumnValues = (record: SessionRecord) => readonly ColumnValue[]

/** Asks each column's function. What throws or gives something else is `ERR_SESSION_DATA`: nothing is stored then. */
export function columnValues(columns: SessionColumns, codec: Codec): ColumnValues {
  const entries = Object.entries(columns)
  return ({ payload, expiresAt }) => {
    const contents = codec.decode(payload)
    if (!contents || isUnread(contents)) throw new TypeError("What was encoded can't be read")
    const { text, userId = null } = contents
    const session = { data: parseData(text)!, userId, expiresAt: new Date(expiresAt) }
    return entries.map(([name, column]) => asked(name, () => column(session)))
  }
}

function asked(name: string, call: () => unknown): ColumnValue {
  let value: unknown
  try {
    value = call()
  } catch (cause) {
    throw new SessionError("ERR_SESSION_DATA", `The function for the column "${name}" failed`, { cause })
  }
  const isValue =
    value === null ||
    typeof value === "string" ||
    typeof value === "boolean" ||
    (typeof value === "number" && Number.isFinite(value))
  if (isValue) return value as ColumnValue
  throw new SessionError(
    "ERR_SESSION_DATA",
    `The function for the column "${name}" must give text, a finite number, true, false or null; it gave ${sortOf(value)}`,
  )
}

const COLUMN = /^[A-Za-z_]\w{0,62}$/
const DJANGO = ["session_key", "session_data", "expire_date"]
