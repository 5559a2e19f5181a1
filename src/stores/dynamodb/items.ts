import { hash } from "node:crypto"
import type { Found, SessionRecord } from "../../core/record.ts"
import { recordTooLarge } from "../../core/store.ts"
import { digitsOf, instantOf, newMark } from "../record-text.ts"
import type { DynamodbInput, DynamodbItem } from "./client.ts"

// Two kinds of items lie in the table. A record lies under its id. An entry lies under a user and says that a session may be theirs.
//
//   pk "holdfast:session:<id>"        sk "record"              version, payload, expiresAt, ttl; with a user also userId and entry
//   pk "holdfast:user:<user's hash>"  sk "<id>:<entry's mark>" expiresAt, ttl
//
// expiresAt, in milliseconds, decides. ttl is the same in whole seconds, for DynamoDB to remove the item by.

/** The conditions under which items are written. `:now` is an instant, `:version` the mark of a write. */
export const IS_FREE = "attribute_not_exists(pk) OR expiresAt <= :now"
export const IS_CURRENT = "version = :version AND expiresAt > :now"
export const IS_DEAD = "expiresAt <= :now"

/** What the partition keys of all our items begin with, so that an application may keep others in the table. */
export const OURS = "holdfast:"
/** What those of records begin with. */
export const SESSIONS: string = `${OURS}session:`

/** A place in a user's index. It belongs to the write that made it: no other write changes it. */
export interface Entry {
  /** The hash of the user. */
  readonly owner: string
  /** How long it stays, in epoch milliseconds: as long as a record that names it lives, or longer. */
  readonly until: number
  readonly mark: string
}

/** What a version says of the record it was given for. */
export interface Known {
  /** What the last write of the record was marked with. */
  readonly mark: string
  readonly entry: Entry | undefined
}

/** A user as keys name them: of one length, and without telling who it is. */
export function ownerOf(userId: string): string {
  return hash("sha256", userId, "base64url").slice(0, 22)
}

/**
 * A new entry for a record with this deadline. It stays twice as long as the record has left to live, so that only few of the
 * touches that follow need another one.
 */
export function newEntry(owner: string, expiresAt: number): Entry {
  const left = Math.max(expiresAt - Date.now(), 0)
  return { owner, until: instantOf(expiresAt + left), mark: newMark() }
}

export function versionOf({ mark, entry }: Known): string {
  return `${mark}${textOf(entry)}`
}

/** What a version says; `undefined` when it is none of ours. */
export function knownFrom(version: unknown): Known | undefined {
  const [isOurs, mark = "", owner, until, entryMark = ""] = VERSION.exec(String(version)) ?? []
  if (isOurs === undefined) return undefined
  return { mark, entry: owner === undefined ? undefined : { owner, until: Number(until), mark: entryMark } }
}

const VERSION = /^([\w-]{16})(?:([\w-]{22})(\d{15})([\w-]{16}))?$/

/** Where the record of an id lies. */
export function keyOf(id: string): DynamodbInput {
  return { pk: { S: `${SESSIONS}${id}` }, sk: { S: "record" } }
}

/** The partition key of a user's entries. */
export function indexOf(owner: string): string {
  return `${OURS}user:${owner}`
}

export function entryKey(id: string, { owner, mark }: Entry): DynamodbInput {
  return { pk: { S: indexOf(owner) }, sk: { S: `${id}:${mark}` } }
}

/** The id in the sort key of an entry. */
export function idIn({ sk }: DynamodbItem): string {
  return sk?.S?.replace(/:.*/, "") ?? ""
}

export function entryItem(id: string, entry: Entry): DynamodbInput {
  return { ...entryKey(id, entry), ...deadline(entry.until) }
}

/** A record as it is written. Throws `recordTooLarge` when DynamoDB would not take it. */
export function recordItem({ id, userId, payload, expiresAt }: SessionRecord, known: Known): DynamodbInput {
  const item: DynamodbInput = {
    ...keyOf(id),
    version: { S: known.mark },
    payload: { S: payload },
    ...deadline(expiresAt),
    ...(userId !== null && { userId: { S: userId } }),
    ...(known.entry && { entry: { S: textOf(known.entry) } }),
  }
  const size = sizeOf(item)
  if (size <= MOST_BYTES) return item
  throw recordTooLarge(`The session needs ${size} bytes in DynamoDB; an item has ${MOST_BYTES} at most`)
}

/** The attributes that say when an item is dead. */
export function deadline(expiresAt: number): { expiresAt: { N: string }; ttl: { N: string } } {
  const instant = instantOf(expiresAt)
  return { expiresAt: { N: `${instant}` }, ttl: { N: `${Math.ceil(instant / 1000)}` } }
}

/** An entry as records and versions name it. */
export function textOf(entry: Entry | undefined): string {
  return entry ? `${entry.owner}${digitsOf(entry.until)}${entry.mark}` : ""
}

/** The record in an item and its version, be it dead by now; `undefined` when the item is no record or damaged. */
export function foundIn(id: string, item: DynamodbItem | undefined): Found | undefined {
  const { version, payload, expiresAt, userId, entry } = item ?? {}
  const known = `${version?.S}${entry?.S ?? ""}`
  if (!knownFrom(known) || payload?.S === undefined || expiresAt?.N === undefined) return undefined
  const record = { id, userId: userId?.S ?? null, payload: payload.S, expiresAt: Number(expiresAt.N) }
  return { record, version: known }
}

/** What an item takes, or a few bytes more: names and texts count in UTF-8, a number a byte for two digits and one more. */
function sizeOf(item: DynamodbInput): number {
  return Object.entries(item).reduce((sum, [name, value]) => {
    return sum + name.length + ("S" in value ? Buffer.byteLength(value.S) : value.N.length + 1)
  }, 0)
}

/** 400 KB, the limit of an item. */
const MOST_BYTES = 409_600
