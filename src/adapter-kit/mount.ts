import type { IncomingMessage } from "node:http"
import type { Http2ServerRequest } from "node:http2"
import type { TLSSocket } from "node:tls"
import type { MountOptions, Session, Sessions } from "../index.ts"
import { connectionFacts } from "./connection-facts.ts"
import { gate } from "./gate.ts"
import type { NodeResponse } from "./gate-type.ts"
import { checkPlace } from "./options.ts"

/** A request of `node:http`, `node:https` or `node:http2`, or one that a framework built on it. */
export type NodeRequest = IncomingMessage | Http2ServerRequest

/** A request on Node, with what an adapter knows of it. */
export interface Visit {
  readonly req: NodeRequest
  readonly res: NodeResponse
  /** Where the session is to be found: the request itself, or what the framework gives its handlers. */
  readonly place: object
  /** Gets the error of a commit that failed, or of what was sent when it is sent at last, to answer with another response. */
  readonly fail: (error: unknown) => void
  /** Whether the application believes that the browser came by https; left out where the framework has no such setting. */
  readonly isSecure?: () => boolean
}

/** Opens a request's session, puts it in its place, and holds the response back until the session is safe. */
export function mount<Data extends object>(
  sessions: Sessions<Data>,
  { lazy = false, property = "session" }: MountOptions,
  { req, res, place, fail, isSecure }: Visit,
): Session<Data> {
  const session = sessions.open(req.headers, { lazy, request: req })
  const places = place as Record<string, unknown>
  places[property] = session
  gate(res, {
    sessions,
    session,
    fail,
    check: () => checkPlace(places[property], session),
    connection: () =>
      connectionFacts(req.headers, Boolean((req.socket as TLSSocket).encrypted), isSecure?.()),
  })
  return session
}
