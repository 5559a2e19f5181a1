import { randomFillSync } from "node:crypto"
import type { SessionRecord } from "../core/record.ts"

/** What a text says of a record, for stores that keep one text a session. */
export interface RecordText {
  readonly record: SessionRecord
  /** What its writer marked it with, to know it by. */
  readonly mark: string
}

/** How many characters each part of a text's head has, in this order. */
export const WIDTH = { mark: 16, deadline: 15, tag: 22 } as const

/** A mark that was never used before, so that a new record under the same id is never taken for the old one. */
export function newMark(): string {
  if (drawn === MARKS.length) {
    randomFillSync(MARKS)
    drawn = 0
  }
  drawn += MARK_BYTES
  return MARKS.toString("base64url", drawn - MARK_BYTES, drawn)
}

// Drawn by the hundred, since asking for randomness costs more than all else here. A mark is no secret.
const MARK_BYTES = (WIDTH.mark / 4) * 3
const MARKS = Buffer.alloc(100 * MARK_BYTES)
let drawn = MARKS.length

/** An instant as stores can keep it: a whole number of at most 15 digits. */
export function instantOf(expiresAt: number): number {
  return Math.min(Math.max(Math.floor(expiresAt), 0), 10 ** WIDTH.deadline - 1)
}

/** An instant in 15 digits. */
export function digitsOf(expiresAt: number): string {
  return String(instantOf(expiresAt)).padStart(WIDTH.deadline, "0")
}

// mark | deadline | tag, or nothing | the user as JSON, or nothing | line feed | payload
const HEADER = new RegExp(
  `^([\\w-]{${WIDTH.mark}})(\\d{${WIDTH.deadline}})(?:[\\w -]{${WIDTH.tag}})?("[^\\n]*")?\\n`,
)

/**
 * A record as one text, but for its id. Its head has a fixed width, so that a server's script can look at it
 * without copying the payload; `tag` is for such scripts.
 */
export function textOf({ userId, payload, expiresAt }: SessionRecord, mark: string, tag = ""): string {
  const user = userId === null ? "" : JSON.stringify(userId)
  return `${mark}${digitsOf(expiresAt)}${tag}${user}\n${payload}`
}

/** The record in a text of `textOf`; `undefined` when the text is something else or damaged. */
export function recordOf(id: string, text: string): RecordText | undefined {
  const header = HEADER.exec(text)
  if (!header) return undefined
  const [{ length }, mark, deadline, user] = header
  try {
    const userId = user === undefined ? null : (JSON.parse(user) as string)
    return { record: { id, userId, payload: text.slice(length), expiresAt: Number(deadline) }, mark: mark! }
  } catch {
    return undefined
  }
}
