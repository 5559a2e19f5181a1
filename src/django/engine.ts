import { parseData } from "../core/data.ts"
import type { Draft, Engine } from "../core/engine.ts"
import { SessionError } from "../core/errors.ts"

/** The engine, with cookies read as Django reads them, and refusing a login that Django would not take for one. */
export function djangoEngine(engine: Engine): Engine {
  return {
    ...engine,
    takesLast: true,
    keep: (work) =>
      engine.keep(
        work.write === "replace" || work.write === "rotate"
          ? work
          : {
              ...work,
              draft: (latest) => checked(work.draft(latest)),
              begin: (takesLoaded) => checked(work.begin(takesLoaded)),
            },
      ),
  }
}

function checked(draft: Draft): Draft {
  if (draft.userId === null || parseData(draft.text)?._auth_user_id !== undefined) return draft
  throw new SessionError(
    "ERR_SESSION_DATA",
    "Django wants more than a user's id: sign in with djangoLogin(session, user), not session.login(id)",
  )
}
