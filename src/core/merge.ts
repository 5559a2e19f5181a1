import { parseData, type SessionData, setOwn } from "./data.ts"

/**
 * Lays one request's changes over a concurrent write. All three are JSON text of data objects: what the request began
 * `from`, what it made of it (`mine`), and what lies in the store by now (`theirs`). Each top-level key that the
 * request added, changed or removed is as the request left it; every other key is as the store has it.
 */
export function overlay(from: string, mine: string, theirs: string): string {
  if (from === theirs) return mine
  if (from === mine) return theirs
  const before = parseData(from) ?? {}
  const after = parseData(mine) ?? {}
  const merged: SessionData = parseData(theirs) ?? {}
  for (const key of changedKeys(before, after)) carry(after, merged, key)
  return JSON.stringify(merged)
}

/** The top-level keys that differ. */
export function changedKeys(before: SessionData, after: SessionData): string[] {
  const gone = Object.keys(before).filter((key) => !Object.hasOwn(after, key))
  return [...gone, ...Object.keys(after).filter((key) => hasChanged(before, after, key))]
}

/** Whether a key holds something else than before. */
export function hasChanged(before: SessionData, after: SessionData, key: string): boolean {
  if (Object.hasOwn(before, key) !== Object.hasOwn(after, key)) return true
  const [one, other] = [before[key], after[key]]
  return one !== other && JSON.stringify(one) !== JSON.stringify(other)
}

/** Makes a key of `to` as it is in `from`, be that gone. */
export function carry(from: SessionData, to: SessionData, key: string): void {
  if (Object.hasOwn(from, key)) setOwn(to, key, from[key])
  else delete to[key]
}
