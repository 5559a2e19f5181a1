import type { Finding } from "../../stores/backend.ts"
import { excerpt } from "../printable.ts"
import type { Answer } from "./answer.ts"
import { cacheSign } from "./cache-sign.ts"
import { type Facts, lastOf, nameIn } from "./facts.ts"
import { cookiesOf, type Form, formOf, given, placeOf, type SetCookie } from "./set-cookie.ts"
import { plainAnswers, type Visit } from "./visit.ts"

/** Whether the site gives a new visitor a session cookie of the right name and form, and only one. */
export function presenceFindings(facts: Facts): readonly Finding[] {
  const name = nameIn(facts)
  const visit = facts.visitors.find(({ answers }) => given(answers, name).length > 0)
  if (!visit) return [noCookie(facts)]
  const cookies = given(visit.answers, name)
  return [found(facts, cookies[0]!), ...duplicates(visit, cookies)]
}

function found({ name }: Facts, cookie: SetCookie): Finding {
  const form = formOf(cookie.value)
  const value = `${excerpt(cookie.name)}, ${FORMS[form]}`
  if (cookie.name !== name)
    return {
      name: "cookie",
      value,
      problem: `There is no ${excerpt(name)}. If cookie.name of the application is ${excerpt(cookie.name)}, add --cookie ${excerpt(cookie.name)}; else a proxy renames the cookie, so that the application does not find it again`,
    }
  if (form === "other" && (name === DEFAULT_NAME || formOf(unescaped(cookie.value)) !== "other"))
    return {
      name: "cookie",
      value,
      problem:
        "The value is no session's as holdfast sends it. A proxy changes it, by quoting or encoding it say, or other software sets a cookie of this name",
    }
  if (cookie.isJoined) return { name: "cookie", value, problem: JOINED }
  return { name: "cookie", value }
}

function duplicates(visit: Visit, cookies: readonly SetCookie[]): readonly Finding[] {
  // Cookies of two hosts do not meet.
  const hosts = [...Map.groupBy(cookies, ({ answer }) => answer.url.hostname).values()]
  const isScattered = hosts.some((each) => new Set(each.map(placeOf)).size > 1)
  const isTwice = visit.answers.some((answer) => cookies.filter((each) => each.answer === answer).length > 1)
  if (!isTwice && !isScattered) return []
  return [
    {
      name: "duplicates",
      value: `set ${cookies.length} times, ${isScattered ? "with another Path or Domain" : "in one answer"}`,
      problem:
        "A browser keeps the last of them, or sends several back, and which one counts is left to chance. Let one application set the cookie, once, and look for a proxy that adds a line",
    },
  ]
}

/** Why there is none, as far as can be seen, and what to do. */
function noCookie(facts: Facts): Finding {
  const { status } = lastOf(facts.visitors[0]!)
  const others = [...new Set(facts.visitors[0]!.answers.flatMap(cookiesOf).map((cookie) => cookie.name))]
  const value =
    others.length > 0
      ? `none among ${others
          .slice(0, 5)
          .map((each) => excerpt(each))
          .join(", ")}`
      : "none"
  return { name: "cookie", value: `${value}; the page answered ${status}`, problem: whyNone(facts) }
}

function whyNone({ name, visitors, uncached, plain }: Facts): string {
  const { answers, left } = visitors[0]!
  const last = lastOf(visitors[0]!)
  const sign = answers.map(cacheSign).find(Boolean)
  if (uncached && given(uncached.answers, name).length > 0)
    return "A cache answers in the application's place and leaves the cookie out: with a query that no cache has seen, the page sets it. Have the cache pass on what the application answers with Cache-Control: no-store or Set-Cookie"
  if (sign)
    return `The answer came from a cache (${sign}), which has no cookie to give. Have it pass this page on, or name one that is not kept`
  if (plain && plain !== "refused" && given(plainAnswers(plain), name).length > 0)
    return "It is set over plain http and not over https: the application goes by the scheme and takes each request for plain http. Have the proxy that ends https send X-Forwarded-Proto: https, and let the application believe it (trust proxy)"
  if (answers.flatMap(linesOf).some((line) => line.includes(`, ${name}=`))) return JOINED
  if (last.status >= 500)
    return "An answer of 5xx saves no data and sets no cookie. Look into the application's log for its reason, and ask again"
  if (left?.why === "another site")
    return `The page leads to another site, ${excerpt(left.url.host)}. Name a page that answers by itself and stores something in the session`
  if (last.status >= 400)
    return "An answer of 4xx may come from a proxy or firewall before the application. Name a page that any visitor may see, and which stores something in the session"
  return `A visitor gets a cookie once something is stored in the session, and this page stores nothing. Name a page that does, such as one that fills a cart or shows a form; if the cookie is not ${excerpt(name)}, add --cookie NAME`
}

function linesOf({ headers }: Answer): readonly string[] {
  return headers["set-cookie"] ?? []
}

/** The value without the quotes and escapes that software on the way may add. */
function unescaped(value: string): string {
  const bare = value.replace(/^"(.*)"$/, "$1")
  try {
    return decodeURIComponent(bare)
  } catch {
    return bare
  }
}

const JOINED =
  "A proxy has joined several lines of Set-Cookie to one, of which browsers read the first cookie only, with attributes of another. Have it pass them on one by one"

const FORMS: Readonly<Record<Form, string>> = {
  token: "a token",
  sealed: "a sealed session",
  other: "neither a token nor a sealed session",
}

/** The name that a cookie has unless the application says otherwise. */
export const DEFAULT_NAME = "__Host-session"
