import type { Gated } from "./gate-type.ts"

/**
 * Puts the parts of a `writeHead` call on the response and hands the rest of it to `send`. When Node refuses, status and reason are
 * as they were, and the headers as Node leaves them.
 */
export function layHead(res: Gated, args: unknown[], send: (rest: unknown[]) => unknown): unknown {
  const [status, reason, last] = args
  const headers = typeof reason === "string" ? last : (last ?? reason)
  const isOdd = Array.isArray(headers) && !Array.isArray(headers[0]) && headers.length % 2 !== 0
  const undo = rememberHead(res)
  const hasHeaders = res.getHeaderNames().length > 0
  try {
    res.statusCode = status as number
    if (typeof reason === "string") res.statusMessage = reason
    if (isOdd) return send(args) // for Node to refuse
    setHeaders(res, headers)
    return send(typeof reason === "string" ? [status, reason] : [status])
  } catch (error) {
    if (!res.headersSent) {
      undo()
      if (!hasHeaders) for (const name of res.getHeaderNames()) res.removeHeader(name)
    }
    throw error
  }
}

/** Gives a function that sets status and reason as they are now. */
export function rememberHead(res: Gated): () => void {
  const { statusCode } = res
  // HTTP/2 has no reason, and warns whoever asks for it.
  const reason = "stream" in res ? undefined : { statusMessage: res.statusMessage }
  return () => void Object.assign(res, { statusCode }, reason)
}

/** Puts the headers of a `writeHead` call on the response, in each of the shapes that Node takes. */
function setHeaders(res: Gated, headers: unknown): void {
  if (!headers) return
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers)) if (name) res.setHeader(name, value)
    return
  }
  const pairs: [string, string][] = Array.isArray(headers[0])
    ? headers
    : Array.from({ length: headers.length / 2 }, (_, n) => [headers[2 * n], headers[2 * n + 1]])
  for (const [name] of pairs) res.removeHeader(name)
  for (const [name, value] of pairs) res.appendHeader(name, value)
}
