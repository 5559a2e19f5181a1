import { noStoreOver } from "./cache-control.ts"
import { type CommitResult, commit } from "./commit.ts"
import { writeCookie } from "./cookie.ts"
import { begunAt, cookieMaxAge } from "./expiry.ts"
import { varyOnCookie } from "./headers.ts"
import type { ResponseFacts } from "./response-facts.ts"
import { close, fail, hasPendingToken, hold, inTurn, type State } from "./state.ts"
import { warnOfLoss } from "./warnings.ts"

/** What a commit did, and what the response must carry. */
export interface Outcome {
  /** What was done; `"ended"` when the session was ended or superseded meanwhile, so that nothing was written. */
  readonly result: CommitResult
  /** Headers to set, as name and value; only `set-cookie` is to be added to those already there. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** Ends a request's work on its session. */
export function commitRequest(state: State, response: ResponseFacts): Outcome | Promise<Outcome> {
  const { status = 200, ready } = response
  if (state.isClosed) return state.hasFailed ? outcomeOfFailure(state, response) : NOTHING
  let isCalledOff = false
  const begin = (): void => {
    isCalledOff = true
    ready?.()
    isCalledOff = false
  }
  const mayDrop = state.context.settings.onEnded === "drop"
  try {
    if (state.busy) begin()
    const result = state.busy
      ? inTurn(state, async () => commit(state, status >= 500, mayDrop))
      : commit(state, status >= 500, mayDrop, begin)
    if (typeof result === "string") return outcome(state, result, response)
    return hold(state, result).then(
      (done) => outcome(state, done, response),
      (error: unknown) => {
        fail(state)
        throw error
      },
    )
  } catch (error) {
    if (!isCalledOff) fail(state)
    throw error
  } finally {
    if (!isCalledOff) close(state)
  }
}

const NOTHING: Outcome = { result: "nothing", headers: [] }

/**
 * The headers of an error's answer: an earlier write of the same request may have made a token that the browser needs.
 */
function outcomeOfFailure(state: State, response: ResponseFacts): Outcome | Promise<Outcome> {
  if (!hasPendingToken(state)) return NOTHING
  response.ready?.()
  // If it can't be confirmed once more, it is still the best that is known.
  const confirmed = inTurn(state, async () => commit(state, true)).catch(() => "nothing" as const)
  return confirmed.then((result) => outcome(state, result, response))
}

/** The headers that go with what was done: caches must know what depends on the cookie, and never keep one. */
function outcome({ cookie, view, context }: State, result: CommitResult, response: ResponseFacts): Outcome {
  if (!view) return NOTHING
  const headers: [string, string][] = [["vary", varyOnCookie(response.vary)]]
  if (cookie.is !== "leave") {
    const { settings } = context
    if (cookie.is === "send") warnOfLoss(settings, response.connection)
    const [token, maxAge] =
      cookie.is === "clear"
        ? ["", 0]
        : [cookie.token, cookieMaxAge(view.expiry, begunAt(view), Date.now(), settings)]
    headers.push(
      ["set-cookie", writeCookie(settings.cookie, token, maxAge)],
      ["cache-control", noStoreOver(response.cacheControl)],
    )
  }
  return { result, headers }
}
