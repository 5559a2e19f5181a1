import type { Outcome, ResponseFacts, Session, Sessions } from "../index.ts"

/** One of the sessions that a response waits for. */
export interface Member {
  readonly sessions: Sessions<object>
  readonly session: Session<object>
  readonly check?: (() => void) | undefined
  readonly connection?: ResponseFacts["connection"]
  /** What its commit came to while another one failed. */
  outcome?: Outcome
}

/** Commits all sessions of a response; fails with the first that fails, be it with what `ready` throws. */
export function commitAll(members: readonly Member[], facts: ResponseFacts): Outcome | Promise<Outcome> {
  const [first, second] = members
  if (!second) return commit(first!, facts)
  const attempts = members.map((member) => {
    try {
      return commit(member, facts)
    } catch (error) {
      return { error }
    }
  })
  const outcomes = attempts.filter((one): one is Outcome => "headers" in one)
  return outcomes.length === members.length ? joined(outcomes) : settled(members, attempts)
}

function commit(
  { sessions, session, check, connection }: Member,
  { status = 200, vary, cacheControl, ready }: ResponseFacts,
): Outcome | Promise<Outcome> {
  check?.()
  return sessions.commit(session, { status, vary, cacheControl, ready, connection })
}

async function settled(
  members: readonly Member[],
  attempts: readonly (Outcome | Promise<Outcome> | { error: unknown })[],
): Promise<Outcome> {
  const results = await Promise.allSettled(
    attempts.map(async (one) => {
      if ("error" in one) throw one.error
      return one
    }),
  )
  for (const [n, result] of results.entries())
    if (result.status === "fulfilled") members[n]!.outcome = result.value
  for (const result of results) if (result.status === "rejected") throw result.reason
  return joined(members.map(({ outcome }) => outcome!))
}

function joined(outcomes: readonly Outcome[]): Outcome {
  return { result: outcomes.at(-1)!.result, headers: outcomes.flatMap(({ headers }) => headers) }
}

/**
 * The headers that an error's answer must carry after a commit that failed: a token that was made, another session's
 * cookie. Never rejects.
 */
export async function headersOfFailure(
  members: readonly Member[],
  response: ResponseFacts,
): Promise<Outcome["headers"]> {
  const outcomes = members.map(async ({ outcome, sessions, session }) => {
    try {
      return outcome ?? (await sessions.commit(session, { ...response, status: 500 }))
    } catch {
      return NOTHING // what it failed with first is what is told
    }
  })
  return joined(await Promise.all(outcomes)).headers
}

const NOTHING: Outcome = { result: "nothing", headers: [] }
