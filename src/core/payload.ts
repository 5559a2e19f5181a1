import type { Contents } from "./codec.ts"
import type { Credentials, Cut } from "./credentials.ts"
import { isInstant, MORE, readEnvelope, writeEnvelope } from "./envelope.ts"

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
  return writeEnvelope(contents, writeCredentials(credentials))
}

/** What `encodePayload` wrote; `undefined` for any other text. */
export function decodePayload(payload: string): SessionPayload | undefined {
  const envelope = readEnvelope(payload)
  const credentials = envelope && readCredentials(envelope.line)
  return credentials && { contents: envelope.contents, credentials }
}

// proof, generation, madeAt; then, where there are any: presentedAt, the superseded proof, its forward, and what was cut. All
// texts are of letters that JSON has no escapes for.
function writeCredentials({ proof, generation, madeAt, presentedAt, previous, cut }: Credentials): string {
  const first = `"${proof}",${generation},${madeAt}`
  if (!previous && !cut) return first
  return `${first},${JSON.stringify([
    presentedAt ?? null,
    previous?.proof ?? null,
    previous?.forward ?? null,
    (cut ?? []).map((each) => [each.proof, each.at]),
  ]).slice(1, -1)}`
}

function readCredentials(line: readonly unknown[]): Credentials | undefined {
  const [proof, generation, madeAt] = [line[MORE], line[MORE + 1], line[MORE + 2]]
  if (!isProof(proof) || !Number.isSafeInteger(generation) || !isInstant(madeAt)) return undefined
  const first = { proof, generation: generation as number, madeAt }
  return line.length === MORE + 3 ? first : readSuperseded(first, line.slice(MORE + 3))
}

function readSuperseded(
  first: Pick<Credentials, "proof" | "generation" | "madeAt">,
  [presentedAt, proof, forward, cuts]: readonly unknown[],
): Credentials | undefined {
  const isWhole =
    (presentedAt === null || isInstant(presentedAt)) &&
    (proof === null || isProof(proof)) &&
    (forward === null || (typeof forward === "string" && proof !== null)) &&
    Array.isArray(cuts)
  const cut = isWhole ? readCuts(cuts) : undefined
  if (!cut) return undefined
  return {
    ...first,
    ...(presentedAt !== null && { presentedAt: presentedAt as number }),
    ...(proof !== null && {
      previous: { proof: proof as string, ...(forward !== null && { forward: forward as string }) },
    }),
    ...(cut.length > 0 && { cut }),
  }
}

function readCuts(values: readonly unknown[]): readonly Cut[] | undefined {
  const cuts: Cut[] = []
  for (const value of values) {
    const [proof, at] = Array.isArray(value) ? (value as unknown[]) : []
    if (typeof proof !== "string" || !isInstant(at)) return undefined
    cuts.push({ proof, at })
  }
  return cuts
}

function isProof(value: unknown): value is string {
  return typeof value === "string" && PROOF.test(value)
}

const ENDED = "ended until "
const PROOF = /^[\w-]{43}$/
