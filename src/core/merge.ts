import { parseData, type SessionData, setOwn } from "./data.ts"

/**
 * Lays one request's changes over a concurrent write. All three are JSON text of data objects: what the
 * request began `from`, what it made of it (`mine`), and what lies in the store by now (`theirs`). Each top-level key that
 * the request added, changed or removed is as the request left it; every other key is as the store has it.
 */
export function overlay(from: string, mine: string, theirs: string): string {
  if (from === theirs) return mine
  if (from === mine) return theirs
  const before = parseData(from) ?? {}
  const after = parseData(mine) ?? {}
  const merged: SessionData = parseData(theirs) ?? {}
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) delete merged[key]
  for (const key of Object.keys(after))
    if (!isSame(own(before, key), own(after, key))) setOwn(merged, key, after[key])
  return JSON.stringify(merged)
}

function own(data: SessionData, key: string): unknown {
  return Object.hasOwn(data, key) ? data[key] : undefined
}

function isSame(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}
