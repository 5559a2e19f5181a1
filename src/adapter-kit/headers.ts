import type { Outcome } from "../index.ts"

/**
 * The response with an outcome's headers on it.
 *
 * One that gets a cookie is made anew, since a handler may keep its response and give it to the next visitor,
 * as one without a body can be. Only `Vary` is set in place, which is cheap, and true of the next one as well;
 * where headers can't be changed, such as those of a redirect, that takes a new response, too. One whose body somebody has
 * used can't be made anew, nor be anybody's next.
 */
export function withHeaders(response: Response, headers: Outcome["headers"]): Response {
  if (headers.length === 0 || response.status < 200) return response // below 200 there is no making it anew
  const isLight = headers.every(([name]) => name === "vary")
  if ((isLight || response.bodyUsed) && setAll(response, headers)) return response
  const answer = new Response(BODILESS.has(response.status) ? null : response.body, response)
  setAll(answer, headers)
  return answer
}

/** Statuses whose responses can't be made with a body, although some servers let them pass. */
const BODILESS = new Set([204, 205, 304])

/** A response whose headers can be set: one of Node's. */
export interface HeadersOfNode {
  setHeader(name: string, value: string): unknown
  appendHeader(name: string, value: string): unknown
}

/** Puts an outcome's headers on a response of Node's. */
export function layHeaders(res: HeadersOfNode, headers: Outcome["headers"]): void {
  for (const [name, value] of headers)
    if (name === "set-cookie") res.appendHeader(name, value)
    else res.setHeader(name, value)
}

/** Whether they could be set. */
function setAll(response: Response, headers: Outcome["headers"]): boolean {
  try {
    for (const [name, value] of headers)
      if (name === "set-cookie") response.headers.append(name, value)
      else response.headers.set(name, value)
    return true
  } catch {
    return false
  }
}

/** Whether a header speaks of the very answer that was to be sent, so that it may not go with another one. */
export function isOfTheAnswer(name: string): boolean {
  return OF_THE_ANSWER.test(name)
}

const OF_THE_ANSWER =
  /^(?:content-(?:type|length|encoding|language|location|range|disposition)|etag|last-modified|location|cache-control|expires|accept-ranges|set-cookie|transfer-encoding|trailer)$/
