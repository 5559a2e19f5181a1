import type { Answer } from "./answer.ts"
import { cookiesOf, formOf, given } from "./set-cookie.ts"
import type { Visit } from "./visit.ts"

/** All that was seen of a site. */
export interface Facts {
  /** The page that was asked for. */
  readonly url: URL
  /** The name that the session cookie should have. */
  readonly name: string
  /** New visitors, at least one. The second came after the first one's returns, since a cache may have kept those. */
  readonly visitors: readonly Visit[]
  /** A new visitor who asks by http for a page of a site with https. Refused, where nothing listens there. */
  readonly plain?: Visit | "refused"
  /** A new visitor to the page with a query that no cache has seen. */
  readonly uncached?: Visit
  /** The first visitor, back with the cookie, several times. */
  readonly returns: readonly Visit[]
  /** The second one, back with a cookie that was not seen before. */
  readonly secondReturn?: Visit
  /** Why some of them got no answer. */
  readonly failures: readonly unknown[]
}

/** The cookie to look at: the one of the name that is asked for, or else one whose value has the form of a session's. */
export function nameIn({ visitors, name }: Pick<Facts, "visitors" | "name">): string {
  const answers = visitors.flatMap((visit) => visit.answers)
  if (given(answers, name).length > 0) return name
  const ours = answers.flatMap(cookiesOf).find(({ value }) => formOf(value) !== "other")
  return ours?.name ?? name
}

/** The page itself: what came after all redirects that were followed. */
export function lastOf({ answers }: Visit): Answer {
  return answers.at(-1)!
}
