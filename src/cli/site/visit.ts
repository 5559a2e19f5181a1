import { type Answer, ask, type Question } from "./answer.ts"
import { cookiesOf } from "./set-cookie.ts"

/** What a visitor's browser went through to see a page: the answers, redirects first. */
export interface Visit {
  readonly answers: readonly Answer[]
  /** The cookies it has afterwards. */
  readonly jar: Jar
  /** Where the last redirect leads, when it was not followed, and why not. */
  readonly left?: { readonly why: "another site" | "a circle" | "too many"; readonly url: URL }
}

/** A browser's cookies as far as this needs them: by host, then by name. */
export type Jar = ReadonlyMap<string, ReadonlyMap<string, string>>

/** How a site is asked, whatever the page. */
export type Manner = Pick<Question, "auth" | "signal">

/** Asks for a page and follows redirects within the site, as a browser with these cookies would. */
export async function visit(start: URL, manner: Manner, cookies: Jar = new Map()): Promise<Visit> {
  const answers: Answer[] = []
  let jar = cookies
  for (let url = start; ; ) {
    const auth = url.origin === start.origin ? manner.auth : undefined
    const answer = await ask(url, { cookie: cookieHeader(jar, url), auth, signal: manner.signal })
    answers.push(answer)
    jar = withCookies(jar, answer)
    const next = targetOf(answer)
    if (!next) return { answers, jar }
    const why = whyNotTo(next, answers)
    if (why) return { answers, jar, left: { why, url: next } }
    url = next
  }
}

/** The answers that came over plain http. */
export function plainAnswers({ answers }: Visit): readonly Answer[] {
  return answers.filter(({ url }) => url.protocol === "http:")
}

function targetOf({ url, status, headers }: Answer): URL | undefined {
  if (!REDIRECTS.has(status) || headers.location === undefined) return undefined
  if (!URL.canParse(headers.location, url.href)) return undefined
  const target = new URL(headers.location, url)
  target.hash = ""
  return /^https?:$/.test(target.protocol) ? target : undefined
}

function whyNotTo(next: URL, answers: readonly Answer[]): NonNullable<Visit["left"]>["why"] | undefined {
  const { url, headers } = answers.at(-1)!
  if (!isOneSite(next.hostname, url.hostname)) return "another site"
  // To come back is no circle for a page that has set a cookie and looks whether it was kept.
  if (!headers["set-cookie"] && answers.some((answer) => answer.url.href === next.href)) return "a circle"
  return answers.length > MOST_REDIRECTS ? "too many" : undefined
}

/** Whether it is one host, or one is part of the other: www.example.com and example.com. */
function isOneSite(one: string, other: string): boolean {
  return one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`)
}

function cookieHeader(jar: Jar, { hostname }: URL): string {
  return [...(jar.get(hostname) ?? [])].map(([name, value]) => `${name}=${value}`).join("; ")
}

function withCookies(jar: Jar, answer: Answer): Jar {
  const { hostname } = answer.url
  const cookies = new Map(jar.get(hostname))
  for (const { name, value, isCleared } of cookiesOf(answer))
    if (isCleared) cookies.delete(name)
    else cookies.set(name, value)
  return new Map(jar).set(hostname, cookies)
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])
const MOST_REDIRECTS = 5
