import type { Outcome } from "../index.ts"

/**
 * The response with an outcome's headers on it.
 *
 * One that gets a cookie is made anew, since a handler may keep its response and give it to the next visitor,
 * as one without a body can be. Only `Vary` is set in place, which is cheap, and true of the next one as well;
 * where headers can't be changed, such as those of a redirect, that takes a new response, too.
 */
export function withHeaders(response: Response, headers: Outcome["headers"]): Response {
  if (headers.length === 0 || response.status < 200) return response // below 200 there is no making it anew
  if (headers.every(([name]) => name === "vary") && setAll(response, headers)) return response
  const answer = new Response(response.body, response)
  setAll(answer, headers)
  return answer
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
