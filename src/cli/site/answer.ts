import { type IncomingHttpHeaders, type IncomingMessage, request as requestPlain } from "node:http"
import { request as requestEncrypted } from "node:https"
import type { TLSSocket } from "node:tls"

/** What a site said to one request. */
export interface Answer {
  readonly url: URL
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** When the request was sent and when the head of the answer was there, in epoch milliseconds. */
  readonly askedAt: number
  readonly answeredAt: number
  /** Absent over plain http. */
  readonly tls?: Tls
}

interface Tls {
  readonly protocol: string
  /** When the certificate ends, as it says. */
  readonly validTo: string
  /** Why the certificate is not believed: a code of OpenSSL's or Node's. */
  readonly distrust?: string
}

/** What goes with a request. */
export interface Question {
  /** The header `Cookie`; none when empty. */
  readonly cookie: string
  /** The user and password of basic authentication, `user:password`. By https they go to a trusted host only. */
  readonly auth: string | undefined
  /** Ends the request, whatever it waits for. */
  readonly signal: AbortSignal
}

/**
 * Sends one GET on a connection of its own, so that a load balancer chooses again. Goes on over a certificate that is
 * not trusted, which the answer tells, unless there is a password to send. Reads at most a megabyte of the body, for
 * caches that keep whole answers only.
 */
export function ask(url: URL, { cookie, auth, signal }: Question): Promise<Answer> {
  const askedAt = Date.now()
  const limit = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)])
  const request = url.protocol === "https:" ? requestEncrypted : requestPlain
  return new Promise((resolve, reject) => {
    const options = {
      agent: false,
      maxHeaderSize: MOST_HEAD,
      signal: limit,
      rejectUnauthorized: auth !== undefined,
      headers: { "user-agent": "holdfast doctor", accept: "text/html, */*", ...(cookie && { cookie }) },
      ...(auth !== undefined && { auth }),
    }
    const sent = request(url, options, (response) => {
      const { statusCode: status = 0, headers } = response
      const tls = tlsOf(response)
      const answer = { url, status, headers, askedAt, answeredAt: Date.now(), ...(tls && { tls }) }
      finish(response, () => resolve(answer))
    })
    sent.on("error", (error) => reject(limit.aborted ? late(signal) : error))
    sent.end()
  })
}

function tlsOf({ socket }: IncomingMessage): Tls | undefined {
  if (!("encrypted" in socket)) return undefined
  const { authorizationError: distrust } = socket as { authorizationError?: unknown }
  const secured = socket as TLSSocket
  return {
    protocol: secured.getProtocol() ?? "TLS",
    validTo: secured.getPeerCertificate().valid_to,
    ...(distrust ? { distrust: String(distrust) } : {}),
  }
}

/** Waits for the end of the body, for its first megabyte or for three seconds: a stream of events has no end. */
function finish(response: IncomingMessage, done: () => void): void {
  let bytes = 0
  const timer = setTimeout(() => response.destroy(), MOST_BODY_TIME)
  response.on("data", (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MOST_BODY) response.destroy()
  })
  response.on("error", () => {})
  response.once("close", () => {
    clearTimeout(timer)
    done()
  })
}

function late(signal: AbortSignal): Error {
  return new Error(`no answer in ${(signal.aborted ? MOST_TIME : PATIENCE) / 1000} s`)
}

/** For one answer, for the rest of its body, and for all of a site, in milliseconds. */
const PATIENCE = 10_000
const MOST_BODY_TIME = 3000
export const MOST_TIME = 60_000
/** In bytes. Beyond 16 KiB Node alone would refuse a head, and cookies that are too large are to be seen. */
const MOST_BODY = 1_000_000
const MOST_HEAD = 131_072
