import type { Server } from "node:http"
import type { Library, StoreName } from "../requests/target.ts"

/** What a site is built from. */
export interface Plan {
  readonly store: StoreName
  readonly library: Library
  /** Of the store's server, or the file of its database. */
  readonly address: string
  readonly isLazy: boolean
  /** How many sessions lie there already, for each request to be of any of them; 0: every visitor has one. */
  readonly sessions: number
  /** How many of these, spread over all of them, the requests are of. @default all */
  readonly inUse?: number
}

/**
 * Builds a site, listening on a free port of this machine. All sites have the same pages, and every page
 * answers with JSON by the means of its framework:
 *
 * - `/plain`: `{"ok":true}`
 * - `/read` and `/visitor`: `{"user":…}`, who is signed in or `null`
 * - `/write`: `{"views":…}`, one more than in the session before
 * - `/mark?n=…`: the same with a key of its own for each n
 * - `/login?user=…&bytes=…`: signs in, with that much data, and answers as `/read` does
 */
export type Site = (plan: Plan) => Promise<Server | Served>

/** A site that is a process of its own. */
export interface Served {
  readonly port: number
  /** The CPU time it has taken so far, in microseconds. */
  cpu(): number
}

/** What the pages do with the session of a request, in the words of one library. */
export interface Pages<Request, Reply> {
  /** Who is signed in. */
  user(request: Request, reply: Reply): unknown
  /** Adds one to a key of the session, and gives what it is now. */
  add(request: Request, reply: Reply, key: string): unknown
  /** Signs in under a new id, with this in the basket. */
  login(request: Request, reply: Reply, user: string, basket: readonly object[]): unknown
}
