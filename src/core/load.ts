import type { Access } from "./engine.ts"
import { tell } from "./events.ts"
import { duplicatesIn, type Standing, standingOf, standingOfAll } from "./standing.ts"
import { loaded, type State } from "./state.ts"

/** Asks the engine what the request's tokens are good for. */
export function load(state: State): Promise<void> {
  const { tokens, context } = state
  const { engine } = context
  // Chained by hand, since every request comes by: an async function allocates some 200 bytes more.
  if (tokens.length === 1) return engine.find(tokens[0]!).then((access) => loaded(state, standingOf(access)))
  return Promise.all(tokens.map((token) => engine.find(token))).then((all) =>
    loaded(state, together(all, state)),
  )
}

function together(all: readonly Access[], { context: { settings } }: State): Standing {
  const sessionIds = duplicatesIn(all)
  if (sessionIds.length > 0) tell(settings.observe, { type: "duplicates", sessionIds })
  return standingOfAll(all)
}
