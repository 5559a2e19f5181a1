import type { Finding } from "../../stores/backend.ts"
import { cacheSign } from "./cache-sign.ts"
import { type Facts, lastOf, nameIn } from "./facts.ts"
import { cookiesOf, formOf, given, isSameSession, placeOf, type SetCookie } from "./set-cookie.ts"
import type { Visit } from "./visit.ts"

/** Whether the site knows its own cookie again. */
export function acceptanceFindings(facts: Facts): readonly Finding[] {
  const { visitors, returns } = facts
  const name = nameIn(facts)
  const own = given(visitors[0]!.answers, name).at(-1)
  const visits = returns.filter(({ answers }) => !answers.some(cacheSign))
  if (!own || visits.length === 0) return []
  const failed = visits.filter((visit) => lastOf(visit).status >= 500)
  if (failed.length > 0 && lastOf(visitors[0]!).status < 500)
    return [
      {
        name: "return",
        value: `${lastOf(failed[0]!).status} with the cookie, ${lastOf(visitors[0]!).status} without`,
        problem:
          "The page fails for a visitor with a session. Look into the application's log for its reason, and ask doctor about the store (--store)",
      },
    ]
  if (formOf(own.value) === "sealed")
    return [{ name: "return", value: "not to be told from outside, since the session is in the cookie" }]
  return [judged(visits.filter((visit) => isAccepted(visit, own)).length, visits.length)]
}

/** Whether the answers neither replace the cookie by another session's nor remove it. */
function isAccepted({ answers }: Visit, own: SetCookie): boolean {
  const lines = answers.flatMap(cookiesOf).filter(({ name }) => name === own.name)
  return lines.every((line) =>
    // An application may remove one of another place, which it had before.
    line.isCleared ? placeOf(line) !== placeOf(own) : isSameSession(line.value, own.value),
  )
}

function judged(accepted: number, all: number): Finding {
  const value = `${accepted} of ${all} times the session was found again`
  if (accepted === all) return { name: "return", value }
  if (accepted === 0)
    return {
      name: "return",
      value,
      problem:
        "The page sets a new cookie for each request that brings one. Either the cookie does not reach the application: look for a proxy that drops or changes the header Cookie, and whether the application reads the name that it sets; or the session is not kept: look at the store (--store)",
    }
  return {
    name: "return",
    value,
    problem:
      "Some requests find the session and others do not: several processes answer, each with a store of its own. Give all of them one store that is not in memory",
  }
}
