import type { Finding } from "../../stores/backend.ts"
import { sentence } from "../failure.ts"
import { acceptanceFindings } from "./acceptance.ts"
import { MOST_TIME } from "./answer.ts"
import { attributeFindings } from "./attributes.ts"
import { cachingFindings } from "./caching.ts"
import { type Facts, lastOf, nameIn } from "./facts.ts"
import { presenceFindings } from "./presence.ts"
import type { SiteQuestion } from "./question.ts"
import { given } from "./set-cookie.ts"
import { distrustFinding, transportFindings } from "./transport.ts"
import { type Jar, type Manner, type Visit, visit } from "./visit.ts"

/** What was found out about a site. */
export interface Examination {
  readonly findings: readonly Finding[]
  /** Whether it answered at all. */
  readonly isReached: boolean
}

/**
 * Visits a page of a live site as browsers would: as a new visitor who comes back with the cookie, and as another one.
 * Says whether the cookie is what it should be by the time it arrives, and whether proxies and caches let it through.
 * Never gives away a cookie's value, the URL's password or its query.
 */
export async function examineSite(question: SiteQuestion): Promise<Examination> {
  const { url, auth, label } = question
  const manner: Manner = { auth, signal: AbortSignal.timeout(MOST_TIME) }
  const begun = performance.now()
  let first: Visit
  try {
    first = await visit(url, manner)
  } catch (error) {
    return unreached(label, error)
  }
  const took = Math.round(performance.now() - begun)
  const facts = await gather(question, manner, first)
  return { findings: [site(label, facts, took), ...findingsOf(facts)], isReached: true }
}

/** Everything that the facts tell. */
function findingsOf(facts: Facts): readonly Finding[] {
  const name = nameIn(facts)
  const answers = facts.visitors.flatMap((visit) => visit.answers)
  const pages = answers.map(({ url }) => url)
  const attributes = given(answers, name).flatMap((cookie) => attributeFindings(cookie, pages))
  return [
    ...transportFindings(facts),
    ...presenceFindings(facts),
    ...distinct(attributes),
    ...cachingFindings(facts),
    ...acceptanceFindings(facts),
  ]
}

async function gather({ url, name }: SiteQuestion, manner: Manner, first: Visit): Promise<Facts> {
  const failures: unknown[] = []
  const attempt = (page: URL, jar?: Jar): Promise<Visit | undefined> =>
    visit(page, manner, jar).catch((error) => {
      failures.push(error)
      return undefined
    })

  const isGiven = (visit: Visit): boolean =>
    given(visit.answers, nameIn({ visitors: [visit], name })).length > 0
  const returns: Visit[] = []
  for (let turn = 0; isGiven(first) && turn < RETURNS; turn++) {
    const back = await attempt(url, first.jar)
    if (back) returns.push(back)
  }
  const second = await attempt(url)
  const secondReturn = second && isGiven(second) ? await attempt(url, second.jar) : undefined
  const plain = await askPlain(url, manner)
  const uncached = isGiven(first) ? undefined : await attempt(withQuery(url))
  return {
    url,
    name,
    visitors: second ? [first, second] : [first],
    returns,
    failures,
    ...(secondReturn && { secondReturn }),
    ...(plain && { plain }),
    ...(uncached && { uncached }),
  }
}

/** Asks for the page by http, if it is at https's own port: where http is beside another port can't be known. */
async function askPlain(url: URL, { signal }: Manner): Promise<Visit | "refused" | undefined> {
  if (url.protocol !== "https:" || url.port !== "") return undefined
  const plain = new URL(url)
  plain.protocol = "http:"
  // No password goes over plain http.
  return visit(plain, { auth: undefined, signal }).catch(() => "refused" as const)
}

function withQuery(url: URL): URL {
  const other = new URL(url)
  other.searchParams.set("holdfast-doctor", String(Date.now()))
  return other
}

function site(label: string, { visitors, failures, returns }: Facts, took: number): Finding {
  const name = "site"
  const { answers, left } = visitors[0]!
  const redirects = answers.length - 1
  const ways = redirects > 0 ? ` after ${redirects} ${redirects === 1 ? "redirect" : "redirects"}` : ""
  const value = `${label} answers ${lastOf(visitors[0]!).status}${ways}, in ${took} ms`
  if (left?.why === "a circle" || left?.why === "too many")
    return {
      name,
      value,
      problem:
        "Its redirects lead in a circle. An application behind a proxy that ends https takes each request for plain http and redirects it to https, unless the proxy sends X-Forwarded-Proto: https and the application believes it (trust proxy)",
    }
  if (failures.length > 0)
    return {
      name,
      value,
      problem: `Of ${visitors.length + returns.length + failures.length} requests ${failures.length} got no answer: ${sentence(failures[0])}. Look whether one of several servers is down, or requests are limited`,
    }
  return { name, value }
}

function unreached(label: string, error: unknown): Examination {
  const code = String((error as { code?: unknown }).code ?? "")
  if (DISTRUST.test(code)) return { findings: [distrustFinding(code)], isReached: true }
  const reason = code === "EPROTO" ? "it does not answer as TLS does" : sentence(error)
  const problem = `The site can't be reached: ${reason}. ${advice(`${code} ${reason}`)}`
  return { findings: [{ name: "site", value: label, problem }], isReached: false }
}

function advice(text: string): string {
  if (/ECONNREFUSED/.test(text)) return "No server listens there: start it, or correct host and port"
  if (/ENOTFOUND|EAI_AGAIN/.test(text))
    return "No name server knows the host: correct its name, or the name server"
  if (/no answer/.test(text)) return "Look whether a firewall is in the way, or the server overloaded"
  return "Look whether this host and port speak the scheme of the URL, http or https"
}

/** Each finding once: two visitors are given the same attributes. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [`${finding.name} ${finding.problem}`, finding])).values()]
}

/** How often the first visitor comes back: one of several processes would hardly answer each time. */
const RETURNS = 4
/** Codes of certificates that are not trusted, by which a request with a password ends. */
const DISTRUST = /CERT|SELF_SIGNED|ALTNAME|^UNABLE_TO_/
