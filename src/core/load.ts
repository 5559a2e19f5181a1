import type { Access, Live } from "./engine.ts"
import { SessionError } from "./errors.ts"
import { tell } from "./events.ts"
import { pace } from "./pacing.ts"
import { duplicatesIn, reusedIn, standingOf, standingOfAll } from "./standing.ts"
import { type Context, loaded, type State } from "./state.ts"
import { warnOfDuplicates, warnOfLostEnd } from "./warnings.ts"

/** Asks the engine what the request's tokens are good for. */
export function load(state: State): Promise<void> {
  const { tokens, context } = state
  const { engine } = context
  // Chained by hand, since every request comes by: an async function allocates some 200 bytes more.
  if (tokens.length === 1)
    return engine.find(tokens[0]!).then((access) => {
      loaded(state, standingOf(access))
      return access.reused ? noteAll([access.reused], context) : pace(access.live?.text.length ?? 0)
    })
  return Promise.all(tokens.map((token) => engine.find(token))).then((all) => together(all, state))
}

async function together(all: readonly Access[], state: State): Promise<void> {
  const { context } = state
  loaded(state, standingOfAll(all))
  const sessionIds = duplicatesIn(all)
  if (sessionIds.length > 0) {
    tell(context.settings.observe, { type: "duplicates", sessionIds })
    warnOfDuplicates(context.settings)
  }
  await noteAll(reusedIn(all), context)
}

/** The request is nobody's, whether the session could be ended or not. */
async function noteAll(reused: readonly Live[], { engine, settings }: Context): Promise<void> {
  for (const live of reused)
    try {
      await engine.noteReuse?.(live)
    } catch (error) {
      if (!(error instanceof SessionError)) throw error
      warnOfLostEnd(settings, error)
    }
}
