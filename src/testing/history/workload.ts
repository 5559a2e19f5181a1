import { randomBytes } from "node:crypto"
import type { Store, UserIndex, Version } from "../../index.ts"

/** What a workload does to a store. */
export interface WorkloadOptions {
  /** The ids of the records to work on, which several callers share; asked for before each call. */
  readonly ids: () => readonly string[]
  /** Users, among whom the records change hands. */
  readonly users: readonly string[]
  /** Numbers from 0 to 1, in an order that a seed decides. */
  readonly random: () => number
  /** Told of each call that failed; waited for. @default nobody is told */
  readonly onError?: (error: unknown) => unknown
}

/**
 * One caller that makes random calls, one after the other, until the signal: it reads, creates, replaces and touches with versions
 * that it was given before, deletes, ends and lists. Each payload is written once, so that the history can be judged. Gives the number of
 * calls.
 */
export async function callAtRandom(
  store: Store & Partial<UserIndex>,
  { ids, users, random, onError = () => {} }: WorkloadOptions,
  signal: AbortSignal,
): Promise<number> {
  const name = randomBytes(6).toString("base64url")
  const versions = new Map<string, Version[]>()
  let calls = 0

  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
  const deadline = (): number => (random() < ENDS ? 0 : soon(600 + Math.floor(random() * 6000)))
  const recordOf = (id: string, expiresAt: number) => ({
    id,
    userId: random() < 0.5 ? null : pick(users),
    payload: JSON.stringify({ by: name, n: calls }),
    expiresAt,
  })

  /** Mostly the newest version that it knows of the record, now and then an older one. */
  function versionOf(id: string): Version | undefined {
    const known = versions.get(id) ?? []
    return random() < 0.85 ? known.at(-1) : pick(known)
  }

  function learn(id: string, version: Version | undefined): void {
    if (version === undefined) return
    versions.set(id, [...(versions.get(id) ?? []).slice(-5), version])
  }

  async function step(id: string): Promise<void> {
    const choice = random()
    const version = versionOf(id)
    if (choice < 0.4) learn(id, (await store.read(id))?.version)
    else if (choice < 0.5) learn(id, await store.create(recordOf(id, soon(3600))))
    else if (choice < 0.75 && version !== undefined)
      learn(id, await store.replace(recordOf(id, deadline()), version))
    else if (choice < 0.87 && version !== undefined) await store.touch(id, deadline(), version)
    else if (choice < 0.92) await store.delete(id)
    else await store.listByUser?.(pick(users))
  }

  while (!signal.aborted) {
    calls++
    await step(pick(ids())).catch(onError)
    // A store that waits for nothing would keep the signal from coming.
    if (calls % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  return calls
}

/** Random numbers that a seed decides (xorshift32). */
export function seeded(seed: number): () => number {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** An instant on a whole second, so that every backend can keep it exactly. */
function soon(seconds: number): number {
  return Math.floor(Date.now() / 1000 + seconds) * 1000
}

/** How often a write or a touch ends the record. */
const ENDS = 0.08
