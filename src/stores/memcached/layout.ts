import { createHash } from "node:crypto"
import { digitsOf, type RecordText } from "../record-text.ts"

// How records lie in memcached: each as one text under a key of its own, with the server's number for its last write.

/** What is known of an item without its record. */
export interface Sighting {
  /** What its writer marked it with. A touch keeps it. */
  readonly mark: string
  /** The server's own number for its last write, which its compare-and-swap goes by. A touch changes it. */
  readonly number: string
  readonly expiresAt: number
}

/** What lies under a key, be it dead by now. */
export interface Item extends Sighting, RecordText {}

/** Keys have 250 bytes at most and no blanks; an id that can't be part of one goes by its hash. */
export function keyOf(prefix: string, id: string): string {
  return `${prefix}${/^[\w-]{1,128}$/.test(id) ? id : `#${createHash("sha256").update(id).digest("hex")}`}`
}

// The deadline is kept to the millisecond beside the record and decides here; the server, which counts whole
// seconds, only makes room later. So a process's clock has a say: it must not be wrong by more than matters.
export function isLive({ expiresAt }: Sighting): boolean {
  return expiresAt > Date.now()
}

// The number alone would not do: a touch has to change it, and a restarted server counts from 1 again.
export function versionOf({ mark, expiresAt, number }: Sighting): string {
  return `${mark}${digitsOf(expiresAt)}${number}`
}

/** What a version says; `undefined` for one of another store. */
export function sightingOf(version: string): Sighting | undefined {
  const parts = /^([\w-]{16})(\d{15})(\d+)$/.exec(version)
  return parts ? { mark: parts[1]!, expiresAt: Number(parts[2]), number: parts[3]! } : undefined
}

/** Seconds for the server, never fewer than are left: it takes a number over 30 days for an instant. */
export function lifetime(expiresAt: number): number {
  const left = Math.ceil((expiresAt - Date.now()) / 1000) + CLOCK_STEP
  if (left <= 30 * 86_400) return Math.max(left, 1)
  return Math.min(Math.ceil(expiresAt / 1000) + CLOCK_STEP, 2 ** 31 - 1)
}

/** By how many seconds the server's clock may be ahead of its time: it moves once a second. */
const CLOCK_STEP = 2

/** What an item takes beside its key and value, rounded up. */
export const ITEM_OVERHEAD = 64

/** The largest item that a server takes unless it is told otherwise. */
export const MAX_ITEM_BYTES = 1_048_576
