import type { Access, Live } from "./engine.ts"

/** What all tokens of one request are good for together. */
export interface Standing {
  /** The session they open. */
  readonly live: Live | undefined
  /** Sessions that the request may end besides. */
  readonly others: readonly Live[]
  /** Those of them that a login ends first, since their cookies would stand in its way. */
  readonly rivals: readonly Live[]
  /** Nobody, and late. */
  readonly isQuiet: boolean
  /** Why there is a session that can't be read here: then the request is quiet too. */
  readonly unread?: string | undefined
}

/** The standing of a request with one token. */
export function standingOf({ live, endable, isQuiet, unread }: Access): Standing {
  if (live) return { live, others: NONE, rivals: NONE, isQuiet: false }
  const others = endable ? [endable] : NONE
  // An anonymous session that a login can't take over any more ends with it.
  return { live, others, rivals: endable?.userId === null ? others : NONE, isQuiet, unread }
}

/**
 * The standing of a request with several tokens, such as a browser sends after a cookie's domain was changed. Those
 * that lead to one session open it; those that open different ones are nobody's, since a neighbouring site may have
 * planted one of them (RFC 6265bis section 8.6).
 */
export function standingOfAll(all: readonly Access[]): Standing {
  const isQuiet = all.some((access) => access.isQuiet)
  const others = distinct(all.flatMap(({ endable }) => endable ?? []))
  const opened = openedBy(all)
  const [live] = opened
  if (live && opened.length === 1)
    return { live, others: others.filter(({ id }) => id !== live.id), rivals: NONE, isQuiet: false }
  const rivals = others.filter(({ id, userId }) => userId === null || opened.some((each) => each.id === id))
  return { live: undefined, others, rivals, isQuiet, unread: all.find((access) => access.unread)?.unread }
}

/** The sessions that two or more tokens open, when that is why the request is nobody's. */
export function duplicatesIn(all: readonly Access[]): readonly string[] {
  const ids = openedBy(all).map(({ id }) => id)
  return ids.length > 1 ? ids : []
}

/**
 * The sessions that a superseded token is shown for, and none that opens them: a browser may keep an
 * old cookie beside the new.
 */
export function reusedIn(all: readonly Access[]): readonly Live[] {
  const reused = distinct(all.flatMap((access) => access.reused ?? []))
  return reused.filter(({ id }) => all.every(({ live }) => live?.id !== id))
}

/** The sessions they open, but for one that a login left for another of them: the browser has both cookies by that login. */
function openedBy(all: readonly Access[]): readonly Live[] {
  const opened = distinct(newestFirst(all).flatMap(({ live }) => live ?? []))
  return opened.filter(({ id }) => all.every(({ leftId }) => leftId !== id))
}

function newestFirst(all: readonly Access[]): Access[] {
  return [...all].sort((one, other) => other.rank - one.rank)
}

/** Each session once, as it came first. */
function distinct(sessions: readonly Live[]): Live[] {
  return sessions.filter(({ id }, n) => sessions.findIndex((each) => each.id === id) === n)
}

const NONE: readonly Live[] = []
