import type { Contents } from "./codec.ts"
import type { Credentials, Cut, Previous } from "./credentials.ts"
import { type Head, isInstant, readEnvelope, writeEnvelope } from "./envelope.ts"

/** What a record of a session says: the session, and what is known of its secrets. */
export interface SessionPayload {
  readonly contents: Contents
  readonly credentials: Credentials
}

/**
 * What an end leaves for a moment, so that late requests learn of it. It says itself until when it counts, since a touch that
 * comes after the end moves its deadline.
 */
export function tombstone(until: number): string {
  return `${ENDED}${until}`
}

/** Until when a tombstone counts; `undefined` for any other payload. */
export function endedUntil(payload: string): number | undefined {
  return payload.startsWith(ENDED) ? Number(payload.slice(ENDED.length)) : undefined
}

export function encodePayload({ contents, credentials }: SessionPayload): string {
  return writeEnvelope(contents, { credentials })
}

/** What `encodePayload` wrote; `undefined` for any other text. */
export function decodePayload(payload: string): SessionPayload | undefined {
  const envelope = readEnvelope(payload)
  const credentials = envelope && readCredentials(envelope.head.credentials)
  return credentials && { contents: envelope.contents, credentials }
}

function readCredentials(value: unknown): Credentials | undefined {
  if (!isObject(value)) return undefined
  const { proof, generation, madeAt, presentedAt, previous, cut } = value
  const isWhole =
    isText(proof) &&
    Number.isSafeInteger(generation) &&
    isInstant(madeAt) &&
    (presentedAt === undefined || isInstant(presentedAt)) &&
    (previous === undefined || isPrevious(previous)) &&
    (cut === undefined || (Array.isArray(cut) && cut.every(isCut)))
  return isWhole ? (value as unknown as Credentials) : undefined
}

function isPrevious(value: unknown): value is Previous {
  return isObject(value) && isText(value.proof) && (value.forward === undefined || isText(value.forward))
}

function isCut(value: unknown): value is Cut {
  return isObject(value) && isText(value.proof) && isInstant(value.at)
}

function isObject(value: unknown): value is Head {
  return typeof value === "object" && value !== null
}

function isText(value: unknown): value is string {
  return typeof value === "string"
}

const ENDED = "ended until "
