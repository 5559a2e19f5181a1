import type { Arena } from "../backends.ts"
import type { Fault } from "../faults.ts"
import { describe } from "./description.ts"
import { judgeRequests } from "./judge.ts"
import { idInToken } from "./ours.ts"
import type { FrameworkName } from "./sites.ts"
import { makeRequests, type TrialOptions } from "./trial.ts"
import { isGood, isRefused, isUnknown } from "./visit.ts"
import { EVERYTHING } from "./workload.ts"

/** What a trial of our sessions came to. */
export interface Verdict {
  readonly requests: number
  readonly good: number
  /** Told that their session had ended. */
  readonly refused: number
  /** Without a good answer: what they asked for may have been done or not. */
  readonly unknown: number
  /** Renewals, rotations and logins: answers that brought another secret. */
  readonly secrets: number
  readonly sessions: number
  /** Requests of which it could be said that they had to find their session. */
  readonly entitled: number
  readonly faults: Readonly<Partial<Record<Fault, number>>>
  /** Requests that contradict each other, in words. Must be none. */
  readonly offences: readonly string[]
  /** How long judging took. */
  readonly milliseconds: number
}

/** A place to try sessions in. */
export interface Place extends Pick<Arena, "url"> {
  readonly arena?: Arena
  /** Whether one store is in front of another. */
  readonly isCached?: boolean
  /** Whether its sessions can't be revoked by user. */
  readonly hasNoUsers?: boolean
  readonly processes: number
}

/** Tries our sessions out with short renewals, and judges every request. */
export async function tryOut(
  place: Place,
  framework: FrameworkName,
  pace: Pick<TrialOptions, "seconds" | "least" | "seed">,
): Promise<Verdict> {
  const { visits, faults, stretches } = await makeRequests({
    order: {
      framework,
      library: new URL("ours.ts", import.meta.url).href,
      plan: { url: place.url, renew: RENEW, grace: RENEW },
    },
    ...pace,
    habits: place.hasNoUsers ? { ...EVERYTHING, revokeUser: 0 } : EVERYTHING,
    processes: place.processes,
    idIn: idInToken,
    latency: LATENCY,
    ...(place.arena && { arena: place.arena }),
  })
  const begun = performance.now()
  const { offences, entitled } = judgeRequests(visits, {
    grace: RENEW * 1000,
    quiet: QUIET,
    faults: stretches,
    stale: place.isCached ? MAX_STALE : 0,
  })
  return {
    requests: visits.length,
    good: visits.filter(isGood).length,
    refused: visits.filter(isRefused).length,
    unknown: visits.filter(isUnknown).length,
    secrets: visits.filter(({ givenId, sentId }) => givenId !== undefined && givenId === sentId).length,
    sessions: new Set(visits.flatMap(({ givenId }) => givenId ?? [])).size,
    entitled,
    faults,
    offences: offences.map((offence) => describe(offence, visits)),
    milliseconds: Math.round(performance.now() - begun),
  }
}

/** Milliseconds of the way back, at most. */
const LATENCY = 8
/** Seconds between renewals, which is also their grace. */
const RENEW = 0.5
/** The window of ten seconds, less what stores that count in whole seconds make of it, in milliseconds. */
const QUIET = 8000
/** `maxStale` of a cached store, in milliseconds. */
const MAX_STALE = 60_000
