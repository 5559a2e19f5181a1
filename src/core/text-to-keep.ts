import { checkSize, isSmallEnough, parseData } from "./data.ts"
import { SessionError } from "./errors.ts"
import { changedKeys } from "./merge.ts"
import type { Settings } from "./options.ts"
import { joined, type Pieces, piecesOf } from "./pieces.ts"

/** What of a session's data is stored already. */
export interface StoredText {
  /** Its JSON as it lies in the store. */
  readonly stored: string
  /** Its JSON as the schema shows it to the application. */
  readonly seen: string
}

/**
 * The JSON to store for data that the application has changed to `text`. Throws `ERR_SESSION_DATA` when it is too large, and when the
 * schema would refuse it at the next read.
 *
 * Keys that the application has not changed stay as they are stored, be it that the schema did not show them at all or that it showed
 * less or something else: another version of the application, at work beside this one, may know more. One beside which the change would
 * be read differently, such as the old name of a renamed key, is stored as the application sees it, and so is one for which there is no
 * room.
 */
export function textToKeep(
  text: string,
  known: StoredText,
  settings: Settings,
  hasRoom: (text: string) => boolean,
): string {
  checkSize(text, settings.maxBytes)
  if (!settings.validate) return text
  const asRead = read(text, settings)
  const own = piecesOf(text)
  const untouched = untouchedIn(known, own)
  if (untouched.length === 0) {
    if ("refusal" in asRead) throw refused(asRead.refusal)
    return text
  }
  const isReadAlike = likeness(text, asRead, settings)
  const isHarmless = (stored: string): boolean =>
    isSmallEnough(stored, settings.maxBytes) && hasRoom(stored) && isReadAlike(stored)
  if ("refusal" in asRead) {
    const whole = withEntries(own, untouched)
    if (isHarmless(whole)) return whole
    throw refused(asRead.refusal)
  }
  const kept = harmless(untouched, (entries) => isHarmless(withEntries(own, entries)), triesFor(known.stored))
  return kept.length === 0 ? text : withEntries(own, kept)
}

type Entry = readonly [key: string, piece: string]
type Read = { readonly text: string } | { readonly refusal: string }

/** What a request would read of text that was stored. */
function read(text: string, { validate }: Settings): Read {
  return validate!(parseData(text)!)
}

function refused(refusal: string): SessionError {
  return new SessionError(
    "ERR_SESSION_DATA",
    `The schema refuses what was to be stored, as it would at the next read: ${refusal}`,
  )
}

/** What is stored of keys that the application left alone, where it is not what the application has. */
function untouchedIn({ stored, seen }: StoredText, own: Pieces): Entry[] {
  if (stored === seen) return []
  const shown = piecesOf(seen)
  return [...piecesOf(stored, shown)].filter(
    ([key, piece]) => own.get(key) === shown.get(key) && own.get(key) !== piece,
  )
}

/**
 * Tells of text to store whether it is read as what the application has, or as the JSON of that is. Keys that
 * a schema makes up anew at each read say nothing.
 */
function likeness(text: string, asRead: Read, settings: Settings): (stored: string) => boolean {
  const again = read(text, settings)
  const [first, second] = [asRead, again].map((each) => piecesOf("text" in each ? each.text : text))
  const unsteady = new Set(changedKeys(first!, second!))
  const aims = [piecesOf(text), first!]
  return (stored) => {
    const beside = read(stored, settings)
    if ("refusal" in beside) return false
    const pieces = piecesOf(beside.text)
    return aims.some((aim) => changedKeys(aim, pieces).every((key) => unsteady.has(key)))
  }
}

/** As many of the entries as are harmless together, found by halves within so many tries: mostly it is all of them. */
function harmless(all: readonly Entry[], isHarmless: (entries: readonly Entry[]) => boolean, tries: number) {
  let left = tries
  const add = (kept: readonly Entry[], entries: readonly Entry[]): readonly Entry[] => {
    if (left-- <= 0) return kept
    const both = [...kept, ...entries]
    if (isHarmless(both)) return both
    if (entries.length === 1) return kept
    const middle = entries.length >> 1
    return add(add(kept, entries.slice(0, middle)), entries.slice(middle))
  }
  return add([], all)
}

function withEntries(own: Pieces, entries: readonly Entry[]): string {
  return joined(new Map([...own, ...entries]))
}

/** Each try costs a parse and a call of the schema: some ten milliseconds for all, or sixteen tries. */
function triesFor(stored: string): number {
  return 16 + Math.floor(300_000 / stored.length)
}
