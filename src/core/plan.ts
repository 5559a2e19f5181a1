/** What a request wants of its session beyond its data; a login as another user is an end with a login after it. */
export type Intent = "continue" | "rotate" | "login" | "end"

/** What a commit writes. Exactly one of these, decided before any I/O. */
export type Write =
  | "nothing"
  /** Move the deadline, and whatever else is due when a session is used. */
  | "touch"
  | "create"
  | "replace"
  | "rotate"
  | "login"
  | "delete"
  /** End the session and begin a new one. */
  | "restart"
  /** Nothing, and tell the request that its session has ended. */
  | "refuse"

/** What becomes of the cookie: nothing, cleared, or sent if the browser is to hold a token then. */
export type CookiePlan = "leave" | "clear" | "send"

export interface Plan {
  readonly write: Write
  readonly cookie: CookiePlan
}

/** All that the decision depends on. */
export interface Facts {
  /** The handler used the session: read or changed its data, or called one of its methods. */
  readonly isLooked: boolean
  /** The response is a 5xx or the handler threw. */
  readonly isFailed: boolean
  readonly intent: Intent
  /** There is a live session that this one continues. */
  readonly isStored: boolean
  /** The request is nobody's and late, so that it may begin nothing: its browser may have a better cookie by now. */
  readonly isQuiet: boolean
  /** Nothing in it but what every new session holds. */
  readonly isEmpty: boolean
  /** Data or expiry differ from what was loaded. */
  readonly isChanged: boolean
  /** The cookie's own life is to change with it. */
  readonly isCookieChanged: boolean
  /** Its deadline is worth moving, or its engine has something to do when it is used. */
  readonly isTouchDue: boolean
  /** The browser sent a cookie of ours, or is to get one. */
  readonly hasCookie: boolean
  /** An earlier write of this request made a token for the browser, which may have been superseded since. */
  readonly hasPendingToken: boolean
}

/** The one place that says when a session is written, and when its cookie is sent. */
export function planCommit(facts: Facts): Plan {
  const { intent, isFailed, isStored, isEmpty, isCookieChanged } = facts
  if (!facts.isLooked) return NOTHING
  if (intent === "end")
    return isFailed || isEmpty
      ? { write: "delete", cookie: facts.hasCookie ? "clear" : "leave" }
      : { write: "restart", cookie: "send" }
  if (isFailed) return isStored && facts.hasPendingToken ? { write: "touch", cookie: "leave" } : NOTHING
  if (intent === "login") return { write: "login", cookie: "send" }
  if (!isStored) {
    if (isEmpty) return NOTHING
    return facts.isQuiet ? { write: "refuse", cookie: "leave" } : { write: "create", cookie: "send" }
  }
  if (intent === "rotate") return { write: "rotate", cookie: "send" }
  const cookie = isCookieChanged ? "send" : "leave"
  if (facts.isChanged) return { write: "replace", cookie }
  return facts.isTouchDue ? { write: "touch", cookie } : NOTHING
}

const NOTHING: Plan = { write: "nothing", cookie: "leave" }
