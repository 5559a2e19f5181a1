import type { Contents } from "./codec.ts"
import type { Credentials, Cut, LeftSession } from "./credentials.ts"
import { MORE, readEnvelope, writeEnvelope } from "./envelope.ts"
import { isInstant } from "./expiry.ts"

/** What a record of a session says: the session, and what is known of its secrets. */
export interface SessionPayload {
  readonly contents: Contents
  readonly credentials: Credentials
}

/** What an end leaves for a moment in the session's place, so that late requests learn of it. */
export const TOMBSTONE = "ended"

export function encodePayload({ contents, credentials }: SessionPayload): string {
  return writeEnvelope(contents, writeCredentials(credentials))
}

/** What `encodePayload` wrote; `undefined` for anything else that a store may give. */
export function decodePayload(payload: unknown): SessionPayload | undefined {
  const envelope = readEnvelope(payload)
  const credentials = envelope && readCredentials(envelope.line)
  return credentials && { contents: envelope.contents, credentials }
}

// proof, generation, madeAt; then, where there are any: presentedAt, the superseded proof, its forward, what was cut,
// and the session that was left. All texts are of letters that JSON has no escapes for.
function writeCredentials({
  proof,
  generation,
  madeAt,
  presentedAt,
  previous,
  cut,
  left,
}: Credentials): string {
  const first = `"${proof}",${generation},${madeAt}`
  if (!previous && !cut && !left) return first
  return `${first},${JSON.stringify([
    presentedAt ?? null,
    previous?.proof ?? null,
    previous?.forward ?? null,
    (cut ?? []).map((each) => [each.proof, each.at]),
    left ? [left.id, left.generation] : null,
  ]).slice(1, -1)}`
}

function readCredentials(line: readonly unknown[]): Credentials | undefined {
  const [proof, generation, madeAt] = [line[MORE], line[MORE + 1], line[MORE + 2]]
  if (!isProof(proof) || !isCount(generation) || !isInstant(madeAt)) return undefined
  const first = { proof, generation, madeAt }
  return line.length === MORE + 3 ? first : readSuperseded(first, line.slice(MORE + 3))
}

function readSuperseded(
  first: Pick<Credentials, "proof" | "generation" | "madeAt">,
  [presentedAt, proof, forward, cuts, leftBehind]: readonly unknown[],
): Credentials | undefined {
  const isWhole =
    (presentedAt === null || isInstant(presentedAt)) &&
    (proof === null || isProof(proof)) &&
    (forward === null || (typeof forward === "string" && proof !== null)) &&
    Array.isArray(cuts)
  const cut = isWhole ? readCuts(cuts) : undefined
  const left = readLeft(leftBehind)
  if (!cut || left === undefined) return undefined
  return {
    ...first,
    ...(presentedAt !== null && { presentedAt: presentedAt as number }),
    ...(proof !== null && {
      previous: { proof: proof as string, ...(forward !== null && { forward: forward as string }) },
    }),
    ...(cut.length > 0 && { cut }),
    ...(left !== null && { left }),
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

/** The session that was left, `null` for none, `undefined` for what can be neither. */
function readLeft(value: unknown): LeftSession | null | undefined {
  if (value === null) return null
  const [id, generation] = Array.isArray(value) ? (value as unknown[]) : []
  return typeof id === "string" && isCount(generation) ? { id, generation } : undefined
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

function isProof(value: unknown): value is string {
  return typeof value === "string" && PROOF.test(value)
}

const PROOF = /^[\w-]{43}$/
