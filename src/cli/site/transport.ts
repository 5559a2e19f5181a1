import { isLocal } from "../../core/why-no-cookie.ts"
import type { Finding } from "../../stores/backend.ts"
import { excerpt } from "../printable.ts"
import type { Answer } from "./answer.ts"
import { cacheSign } from "./cache-sign.ts"
import { type Facts, lastOf, nameIn } from "./facts.ts"
import { given } from "./set-cookie.ts"
import { plainAnswers, type Visit } from "./visit.ts"

/** What the way to the site is like: its certificate, plain http beside https, and the clock. */
export function transportFindings(facts: Facts): readonly Finding[] {
  const answers = facts.visitors.flatMap((visit) => visit.answers)
  const encrypted = answers.find(({ tls }) => tls !== undefined)
  return [
    ...(encrypted ? [certificate(encrypted.tls!)] : []),
    ...http(facts),
    ...(encrypted && !isLocal(encrypted.url.hostname) ? [hsts(encrypted)] : []),
    ...clock(answers),
  ]
}

/** What is wrong with a certificate, by the code of the error. */
export function distrustFinding(code: string): Finding {
  return {
    name: "TLS",
    value: `the certificate is not trusted (${code})`,
    problem: `Browsers warn of the site instead of showing it. ${REMEDIES[code] ?? UNKNOWN}`,
  }
}

function certificate({ protocol, validTo, distrust }: NonNullable<Answer["tls"]>): Finding {
  if (distrust !== undefined) return distrustFinding(distrust)
  const end = Date.parse(validTo)
  const day = Number.isNaN(end)
    ? ""
    : `, with a certificate until ${new Date(end).toISOString().slice(0, 10)}`
  return { name: "TLS", value: `${protocol}${day}` }
}

function http(facts: Facts): readonly Finding[] {
  const { url, visitors, plain = visitors[0]! } = facts
  if (plain === "refused") return [{ name: "http", value: "not served" }]
  const [first] = plainAnswers(plain)
  if (!first) return []
  if (url.protocol === "http:" && isLocal(url.hostname) && lastOf(plain).url.protocol === "http:")
    return [{ name: "http", value: "on this machine, where browsers keep Secure cookies (Safari does not)" }]
  return [plainFinding(plain, nameIn(facts))]
}

function plainFinding(plain: Visit, name: string): Finding {
  const cookie = given(plainAnswers(plain), name)[0]
  const { url, status } = lastOf(plain)
  const isRedirected = (plain.left?.url ?? url).protocol === "https:"
  const value = isRedirected ? "redirects to https" : "answers, and does not redirect to https"
  if (isRedirected && !cookie) return { name: "http", value }
  if (status >= 400 && !cookie) return { name: "http", value: `answers ${status}` }
  const sent = cookie ? `${value}, and sets the session cookie` : value
  const loss = !cookie
    ? "What is sent there can be read and changed on the way, the session cookie too if it is not Secure"
    : cookie.secure
      ? "Browsers drop a Secure cookie that comes over plain http from any host but localhost, so that each page begins a new session"
      : "The cookie can be read on the way, and whoever has it is taken for the visitor"
  return {
    name: "http",
    value: sent,
    problem: `${loss}. Serve https, and have the proxy that ends it redirect http there before the application answers`,
  }
}

function hsts({ headers }: Answer): Finding {
  const header = headers["strict-transport-security"]
  return {
    name: "HSTS",
    value: header
      ? excerpt(header)
      : "not sent; with Strict-Transport-Security browsers would not ask by http at all",
  }
}

/** Compares the header `Date`, which has whole seconds, with this machine's clock in the middle of the request. */
function clock(answers: readonly Answer[]): readonly Finding[] {
  const answer = answers.find((each) => each.headers.date !== undefined && !cacheSign(each))
  const theirs = Date.parse(answer?.headers.date ?? "")
  if (!answer || Number.isNaN(theirs)) return []
  const skew = Math.round((theirs + 500 - (answer.askedAt + answer.answeredAt) / 2) / 1000)
  const isRight = Math.abs(skew) <= TOLERATED
  const way = skew > 0 ? "ahead of" : "behind"
  return [
    {
      name: "site clock",
      value: isRight ? "the same as here" : `${Math.abs(skew)} s ${way} this machine`,
      ...(!isRight && {
        problem:
          "Sessions end too early or too late when clocks differ. Keep the site's machines and this one on time with NTP (chrony, systemd-timesyncd)",
      }),
    },
  ]
}

const UNKNOWN =
  "No authority that this machine knows has signed it: get one from an authority, or name the file of your own in NODE_EXTRA_CA_CERTS"

/** By the codes of OpenSSL and Node; `UNKNOWN` for all others. */
const REMEDIES: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "The certificate is over: renew it, and look why that did not happen by itself",
  CERT_NOT_YET_VALID: "The certificate begins later: set the clocks, of this machine too",
  ERR_TLS_CERT_ALTNAME_INVALID: "The certificate is for other hosts: get one with this host's name",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "The server sends its own certificate alone: have it send those between it and the authority's too (fullchain.pem)",
}

/** In seconds: the header has whole ones, and servers renew it once in one. */
const TOLERATED = 4
