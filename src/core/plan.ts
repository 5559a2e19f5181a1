/** What a commit must do. Exactly one of these, decided before any I/O. */
export type Plan = "nothing" | "touch" | "create" | "replace" | "rotate" | "delete" | "restart"

/** All that the decision depends on. */
export interface Facts {
  /** The handler used the session: read or changed its data, or called one of its methods. */
  readonly looked: boolean
  /** The response is a 5xx or the handler threw. */
  readonly failed: boolean
  /** The session was destroyed during the request; what it holds now, if anything, is a new one. */
  readonly destroyed: boolean
  /** There is a live record that this session continues. */
  readonly stored: boolean
  /** Nothing in it but what every new session holds. */
  readonly empty: boolean
  /** The session is to live on under a new token. */
  readonly rotated: boolean
  /** Data or expiry differ from what was loaded. */
  readonly changed: boolean
  /** Its deadline is worth moving. */
  readonly touchDue: boolean
}

/** The one place that says when a session is written. */
export function planCommit(facts: Facts): Plan {
  if (!facts.looked) return "nothing"
  if (facts.destroyed) return facts.failed || facts.empty ? "delete" : "restart"
  if (facts.failed) return "nothing"
  if (!facts.stored) return facts.empty ? "nothing" : "create"
  if (facts.rotated) return "rotate"
  if (facts.changed) return "replace"
  return facts.touchDue ? "touch" : "nothing"
}
