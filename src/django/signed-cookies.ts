import type { Codec } from "../core/codec.ts"
import type { Engine, Kept, Work } from "../core/engine.ts"
import { SessionError } from "../core/errors.ts"
import { deadline } from "../core/expiry.ts"
import type { Settings } from "../core/options.ts"

/**
 * Django's `signed_cookies`: the cookie is the session, signed but readable by whoever has it. Ending one
 * only clears the cookie: a copy of it stays good until `sessionCookieAge` is over.
 *
 * Unlike Django it keeps to the session's own expiry, and refuses to send more than a browser keeps.
 */
export function signedCookies(codec: Codec, { idle, absolute, cookie }: Settings): Engine {
  function seal(work: Work): Kept {
    const draft = work.draft(work.plan === "restart" ? undefined : work.found) ?? work.found!.record
    const bytes = cookie.name.length + draft.payload.length
    if (bytes > MAX_BYTES)
      throw new SessionError(
        "ERR_SESSION_DATA",
        `The session needs ${bytes} bytes of cookie; a browser keeps ${MAX_BYTES}`,
      )
    const record = { ...draft, id: draft.payload }
    return { found: { record, version: 0 }, token: record.payload }
  }

  return {
    isShared: false,
    isWellFormed: (value) => value.length <= MAX_BYTES && WELL_FORMED.test(value),

    async find(token) {
      const contents = codec.decode(token)
      if (!contents) return undefined
      const expiresAt = deadline(contents.expiry, contents.createdAt, contents.createdAt, { idle, absolute })
      if (expiresAt <= Date.now()) return undefined
      return { record: { id: token, userId: null, payload: token, expiresAt }, version: 0 }
    },

    keep: async (work) => (work.plan === "delete" ? { found: undefined, token: "" } : seal(work)),
  }
}

/** What browsers keep of a cookie's name and value together (RFC 6265bis section 5.5). */
const MAX_BYTES = 4096

const WELL_FORMED = /^\.?[\w-]+:[0-9A-Za-z]+:[\w-]{27,43}$|^[A-Za-z0-9+/]{56,}={0,2}$/
