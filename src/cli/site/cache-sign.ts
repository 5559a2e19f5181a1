import { excerpt } from "../printable.ts"
import type { Answer } from "./answer.ts"

/** What shows that an answer was not made for this request but came out of a cache; `undefined` when nothing does. */
export function cacheSign({ headers }: Answer): string | undefined {
  if (Number(headers.age) > 0) return `Age: ${Number(headers.age)}`
  const [name, value] = Object.entries(headers).find(isHit) ?? []
  return name && `${name}: ${excerpt(String(value), 40)}`
}

/** X-Cache, CF-Cache-Status, Cache-Status (RFC 9211) and their like, when they tell of a hit. */
function isHit([name, value]: [string, unknown]): boolean {
  return NAME.test(name) && HIT.test(String(value))
}

const NAME = /^(?:[\w-]+-)?cache(?:-status|-result)?$/
/** "HIT", "TCP_HIT", "Hit from cloudfront", "nginx; hit"; not "hit-for-pass", with which nothing was kept. */
const HIT = /(?<![a-z])(?:hit(?!-|[a-z])|stale|revalidated|updating|prerender)/i
