/**
 * The answer that a thrown value stands for, as frameworks have it: a `Response`; what Next's `redirect()`, `notFound()`, `forbidden()`
 * and `unauthorized()` throw; SvelteKit's redirect. `undefined` for an error.
 */
export function answerIn(thrown: unknown): Response | undefined {
  if (thrown instanceof Response) return thrown
  const { digest, status, location } = Object(thrown) as Record<string, unknown>
  if (typeof digest === "string") return answerOfNext(digest)
  if (thrown instanceof Error || typeof location !== "string" || !isRedirect(status)) return undefined
  return redirectTo(location, status)
}

/** A header takes no letters but those of ASCII, and frameworks encode the others. */
function redirectTo(location: string, status: number): Response {
  const encoded = location.replace(/[^\x21-\x7e]+/g, (letters) => encodeURIComponent(letters.toWellFormed()))
  return new Response(null, { status, headers: { location: encoded } })
}

/** `NEXT_REDIRECT;<how>;<location>;<status>;` or `NEXT_HTTP_ERROR_FALLBACK;<status>`, once `NEXT_NOT_FOUND`. */
function answerOfNext(digest: string): Response | undefined {
  const [kind, ...rest] = digest.split(";")
  if (kind === "NEXT_NOT_FOUND") return new Response(null, { status: 404 })
  const status = Number(kind === "NEXT_REDIRECT" ? rest.at(-2) : rest[0])
  if (kind === "NEXT_HTTP_ERROR_FALLBACK" && status >= 400 && status <= 499)
    return new Response(null, { status })
  if (kind !== "NEXT_REDIRECT" || !isRedirect(status)) return undefined
  return redirectTo(rest.slice(1, -2).join(";"), status)
}

function isRedirect(status: unknown): status is number {
  return typeof status === "number" && status >= 300 && status <= 399
}
