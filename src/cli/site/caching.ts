import type { IncomingHttpHeaders } from "node:http"
import type { Finding } from "../../stores/backend.ts"
import { excerpt } from "../printable.ts"
import type { Answer } from "./answer.ts"
import { cacheSign } from "./cache-sign.ts"
import { type Facts, nameIn } from "./facts.ts"
import { given } from "./set-cookie.ts"
import type { Visit } from "./visit.ts"

/** Whether caches see what they must, and whether one hands a visitor's answer to another. */
export function cachingFindings(facts: Facts): readonly Finding[] {
  const name = nameIn(facts)
  const setting = facts.visitors
    .flatMap(({ answers }) => answers)
    .filter((answer) => given([answer], name).length > 0)
  if (setting.length === 0) return []
  return [firstWrong(setting.map(caching)), firstWrong(setting.map(vary)), sharing(facts, name, setting)]
}

function firstWrong(findings: readonly Finding[]): Finding {
  return findings.find(({ problem }) => problem !== undefined) ?? findings[0]!
}

/** What the answer that sets the cookie tells caches. */
function caching({ headers }: Answer): Finding {
  const name = "caching"
  const own = headers["cache-control"]
  const [past] = Object.entries(headers).filter(([header, text]) => PAST.test(header) && !isKeptBack(text))
  if (!isKeptBack(own))
    return {
      name,
      value: own === undefined ? "no Cache-Control" : `Cache-Control: ${excerpt(own)}`,
      problem:
        "A cache may keep the answer that sets the cookie, and give it to the next visitor. holdfast sends Cache-Control: no-store with it; look for a proxy that replaces the header, and exempt pages with sessions",
    }
  if (past)
    return {
      name,
      value: `${past[0]}: ${excerpt(String(past[1]))}`,
      problem:
        "This header goes past Cache-Control: no-store, so that a cache of this kind may keep the answer that sets the cookie. Do not set it on pages with sessions",
    }
  return { name, value: `Cache-Control: ${excerpt(own!)}` }
}

/** Whether caches are told that the page differs by cookie. */
function vary({ headers }: Answer): Finding {
  const names = (headers.vary ?? "").split(",").map((each) => each.trim().toLowerCase())
  const value = headers.vary ? excerpt(headers.vary) : "missing"
  if (names.includes("cookie") || names.includes("*")) return { name: "Vary", value }
  return {
    name: "Vary",
    value,
    problem:
      "A cache can't know that this page differs by visitor, and may show one what is another's. holdfast sends Vary: Cookie with pages that look at the session; look for a proxy or a handler that replaces the header",
  }
}

/** Whether an answer that was made for one visitor reaches another. */
function sharing(
  { visitors, returns, secondReturn }: Facts,
  name: string,
  setting: readonly Answer[],
): Finding {
  const values = visitors.map(({ answers }) => given(answers, name).map(({ value }) => value))
  const [first = [], second = []] = values
  if (second.some((value) => first.includes(value)))
    return shared(
      "two new visitors got the same session",
      "A cache gives one visitor's session to another, who is then taken for the first one. Take these pages out of the cache at once and empty it; it must not keep answers with Set-Cookie or Cache-Control: no-store",
    )
  const sign = setting.map(cacheSign).find(Boolean)
  if (sign)
    return shared(
      `an answer with the cookie came from a cache (${sign})`,
      "The cache gives one visitor's session to another. Take these pages out of the cache at once and empty it; it must not keep answers with Set-Cookie or Cache-Control: no-store",
    )
  // When a cookie is new to the cache, what it has kept is of others. Later it may be the visitor's own.
  const back = [returns[0], secondReturn].map((visit) => visit && signOf(visit)).find(Boolean)
  if (back)
    return shared(
      `with a new cookie, the page came from a cache (${back})`,
      "The cache shows a visitor with a session what it kept for another. Have it pass on requests that carry the cookie, or obey Vary: Cookie and Cache-Control: no-store",
    )
  const bare = visitors.find((_, at) => values[at]!.length === 0)
  if (bare)
    return shared(
      `of two new visitors one got no cookie${signOf(bare) ? ` (${signOf(bare)})` : ""}`,
      "A cache answered with a page that it kept and that has no cookie, be it another visitor's, or not all servers behind this address run the same application. Have the cache pass pages with sessions on",
    )
  const isKnown = visitors.length > 1
  return { name: "sharing", value: isKnown ? "each new visitor gets a session of their own" : "not known" }
}

function signOf({ answers }: Visit): string | undefined {
  return answers.map(cacheSign).find(Boolean)
}

function shared(value: string, problem: string): Finding {
  return { name: "sharing", value, problem }
}

/** Whether shared caches keep nothing of an answer with this value. */
function isKeptBack(value: IncomingHttpHeaders[string]): boolean {
  const directives = String(value ?? "")
    .toLowerCase()
    .split(",")
    .map((each) => each.trim())
  return directives.includes("no-store") || directives.includes("private")
}

/** What caches of content delivery networks read in the place of Cache-Control (RFC 9213). */
const PAST = /^(?:[\w-]+-)?cdn-cache-control$|^surrogate-control$/
