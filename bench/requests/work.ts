import { hash } from "node:crypto"

/** What visitors do while it is measured. */
export interface Work {
  readonly name: string
  /** What a reader of the results needs to know of it. */
  readonly about: string
  readonly path: "/plain" | "/read" | "/write" | "/mark" | "/login" | "/visitor"
  /** Whether requests carry the cookie of a session that was there before. */
  readonly hasCookie: boolean
  readonly connections: number
  /** Bytes of JSON in the session beside the few that every one has. */
  readonly bytes: number
  /** All connections are one and the same visitor. */
  readonly isShared: boolean
  /** Our middleware is told to read nothing until it is asked. */
  readonly isLazy: boolean
}

const READ: Work = {
  name: "read",
  about: "looks at an existing session",
  path: "/read",
  hasCookie: true,
  connections: 16,
  bytes: 0,
  isShared: false,
  isLazy: false,
}
const WRITE: Work = { ...READ, name: "write", about: "changes one key of the session", path: "/write" }

export const WORKS: readonly Work[] = [
  READ,
  { ...READ, name: "visitor", about: "looks, but came without a cookie", path: "/visitor", hasCookie: false },
  { ...READ, name: "lazy", about: "has a session and never looks at it", path: "/plain", isLazy: true },
  WRITE,
  { ...READ, name: "login", about: "signs in", path: "/login" },
  { ...READ, name: "read-1k", about: "looks at a session of 1 KB", bytes: 1024 },
  { ...READ, name: "read-16k", about: "looks at a session of 16 KB", bytes: 16 * 1024 },
  { ...READ, name: "read-100k", about: "looks at a session of 100 KB", bytes: 100 * 1024 },
  { ...READ, name: "read-1c", about: "looks at a session, one connection", connections: 1 },
  { ...READ, name: "read-256c", about: "looks at a session, 256 connections", connections: 256 },
  {
    ...WRITE,
    name: "hot",
    about: "64 connections write one session, each a key of its own",
    path: "/mark",
    connections: 64,
    isShared: true,
  },
]

/** The id of the nth of many sessions: such that neighbours lie far apart, as ids do. */
export function idOf(n: number): string {
  return hash("sha256", String(n)).slice(0, 32)
}

/** Its token. All have one secret, so that their records can be filled in by the database. */
export function tokenOf(n: number): string {
  return `${idOf(n)}.${"0".repeat(43)}`
}

/** Who has signed in to it. */
export function userOf(n: number): string {
  return `user-${n}`
}

/** Data of about this many bytes of JSON, of the kind that sessions hold. */
export function basketOf(bytes: number): readonly object[] {
  const count = Math.round(bytes / 64)
  return Array.from({ length: count }, (_, n) => ({
    id: 100_000 + n,
    name: "A thing to be bought",
    quantity: 1,
  }))
}
