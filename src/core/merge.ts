import { type SessionData, setOwn } from "./data.ts"
import { joined, type Pieces, piecesOf } from "./pieces.ts"

/**
 * Lays one request's changes over a concurrent write. All three are JSON text of data objects: what the request began
 * `from`, what it made of it (`mine`), and what lies in the store by now (`theirs`). Each top-level key that the
 * request added, changed or removed is as the request left it; every other key is as the store has it.
 */
export function overlay(from: string, mine: string, theirs: string): string {
  if (from === theirs) return mine
  if (from === mine) return theirs
  const before = piecesOf(from)
  const after = piecesOf(mine, before)
  const merged = piecesOf(theirs, before)
  for (const key of changedKeys(before, after)) {
    const piece = after.get(key)
    if (piece === undefined) merged.delete(key)
    else merged.set(key, piece)
  }
  return joined(merged)
}

/** The keys that differ, as they are in the pieces. */
export function changedKeys(before: Pieces, after: Pieces): string[] {
  const gone = [...before.keys()].filter((key) => !after.has(key))
  return [...gone, ...[...after.keys()].filter((key) => before.get(key) !== after.get(key))]
}

/** Makes a key of `to` as it is in `from`, be that gone. */
export function carry(from: SessionData, to: SessionData, key: string): void {
  if (Object.hasOwn(from, key)) setOwn(to, key, from[key])
  else delete to[key]
}
