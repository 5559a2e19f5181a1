import { checkSize, parseData } from "./data.ts"
import { SessionError } from "./errors.ts"
import type { Settings } from "./options.ts"

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
 * Keys that are stored and that the schema did not show stay: another version of the application, at work beside this one, may know
 * them. One that the schema reads, such as the old name of a renamed key, goes if what the application has changed would be read
 * differently beside it.
 */
export function textToKeep(text: string, { stored, seen }: StoredText, settings: Settings): string {
  checkSize(text, settings.maxBytes)
  if (!settings.validate) return text
  const asRead = read(text, settings)
  if ("refusal" in asRead)
    throw new SessionError(
      "ERR_SESSION_DATA",
      `The schema refuses what was to be stored, as it would at the next read: ${asRead.refusal}`,
    )
  const unseen = unseenIn(stored, seen, text)
  const kept = harmless(unseen, (entries) => {
    const beside = read(withEntries(text, entries), settings)
    return "text" in beside && beside.text === asRead.text
  })
  if (kept.length === 0) return text
  const whole = withEntries(text, kept)
  checkSize(whole, settings.maxBytes)
  return whole
}

type Entries = readonly (readonly [key: string, value: unknown])[]

/** What a request would read of text that was stored. */
function read(
  text: string,
  { validate }: Settings,
): { readonly text: string } | { readonly refusal: string } {
  return validate!(parseData(text)!)
}

/** What is stored, was not shown, and is not in `text` either. */
function unseenIn(stored: string, seen: string, text: string): Entries {
  if (stored === seen) return []
  const [shown, data] = [parseData(seen) ?? {}, parseData(text)!]
  return Object.entries(parseData(stored) ?? {}).filter(
    ([key]) => !Object.hasOwn(shown, key) && !Object.hasOwn(data, key),
  )
}

/** `kept`, and those of the entries beside which all is read the same, found by halves: mostly it is all of them. */
function harmless(entries: Entries, isHarmless: (entries: Entries) => boolean, kept: Entries = []): Entries {
  const all = [...kept, ...entries]
  if (entries.length === 0 || isHarmless(all)) return all
  if (entries.length === 1) return kept
  const middle = entries.length >> 1
  return harmless(entries.slice(middle), isHarmless, harmless(entries.slice(0, middle), isHarmless, kept))
}

function withEntries(text: string, entries: Entries): string {
  return JSON.stringify({ ...parseData(text), ...Object.fromEntries(entries) })
}
