import { hash } from "node:crypto"
import { type Codec, isUnread } from "../core/codec.ts"
import type { Draft, Engine, Kept, Live } from "../core/engine.ts"
import { SessionError } from "../core/errors.ts"
import { deadline } from "../core/expiry.ts"
import type { Settings } from "../core/options.ts"
import { newId } from "../core/token.ts"
import { warnOfUnread } from "../core/warnings.ts"

/** A session in a cookie. */
interface SignedLive extends Live {
  readonly payload: string
}

/**
 * Django's `signed_cookies`: the cookie is the session, signed but readable by whoever has it. Ending one
 * only clears the cookie: a copy of it stays good until `sessionCookieAge` is over.
 *
 * Unlike Django it keeps to the session's own expiry, and refuses to send more than a browser keeps.
 */
export function signedCookies(codec: Codec, settings: Settings): Engine {
  const { idle, absolute, cookie } = settings

  function put(draft: Draft, over?: Live): Kept {
    const payload = codec.encode(draft, (over as SignedLive | undefined)?.payload)
    const bytes = cookie.name.length + payload.length
    if (bytes > MAX_BYTES)
      throw new SessionError(
        "ERR_SESSION_DATA",
        `The session needs ${bytes} bytes of cookie; a browser keeps ${MAX_BYTES}`,
      )
    const live: SignedLive = { ...draft, id: idOf(payload), payload }
    return { live, token: payload, isNewToken: true }
  }

  return {
    isShared: false,
    isWellFormed: (value) => value.length <= MAX_BYTES && WELL_FORMED.test(value),
    newId,
    isDue: () => false,

    async find(token) {
      const contents = codec.decode(token)
      if (!contents) return NOBODY
      if (isUnread(contents)) {
        warnOfUnread(settings, contents.unread)
        return { ...NOBODY, isQuiet: settings.keepsUnread, unread: contents.unread }
      }
      const { expiry, createdAt, userId = null } = contents
      const expiresAt = deadline(expiry, createdAt, createdAt, { idle, absolute })
      if (expiresAt <= Date.now()) return NOBODY
      const live: SignedLive = { ...contents, userId, expiresAt, id: idOf(token), payload: token }
      return { live, endable: live, isQuiet: false, rank: createdAt }
    },

    async keep(work) {
      const { live } = work
      if (work.write === "delete") return {}
      if (work.write === "touch") return put({ ...live!, expiresAt: work.expiresAt }, live)
      return live ? put(work.draft(live), live) : put(work.begin(true))
    },
  }
}

/** The cookie is the session and all that names it; its hash names it without showing it. */
function idOf(payload: string): string {
  return hash("sha256", payload).slice(0, 32)
}

const NOBODY = { isQuiet: false, rank: 0 }

/** What browsers keep of a cookie's name and value together (RFC 6265bis section 5.5). */
const MAX_BYTES = 4096

const WELL_FORMED = /^\.?[\w-]+:[0-9A-Za-z]+:[\w-]{27,43}$|^[A-Za-z0-9+/]{56,}={0,2}$/
