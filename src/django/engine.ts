import type { Codec } from "../core/codec.ts"
import type { Draft, Engine } from "../core/engine.ts"
import { SessionError } from "../core/errors.ts"

/** The engine, refusing a login that Django would not take for one. */
export function djangoEngine(engine: Engine, codec: Codec): Engine {
  function checked(draft: Draft | undefined): Draft | undefined {
    if (draft && codec.decode(draft.payload)?.userId == null)
      throw new SessionError(
        "ERR_SESSION_DATA",
        "Django wants more than a user's id: sign in with djangoLogin(session, user), not session.login(id)",
      )
    return draft
  }

  return {
    ...engine,
    keep: (work) =>
      engine.keep(work.isLogin ? { ...work, draft: (latest) => checked(work.draft(latest)) } : work),
  }
}
