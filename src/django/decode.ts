import { isUnread } from "../core/codec.ts"
import { parseData, type SessionData } from "../core/data.ts"
import type { Expiry } from "../core/expiry.ts"
import { djangoCodec, signedFormat } from "./codec.ts"
import { SESSION_SALT } from "./salts.ts"
import { clockOf, type DjangoSettings } from "./settings.ts"
import { openSigner } from "./signing.ts"

/** What a row of `django_session` says. */
export interface DecodedSession {
  /** All but `_session_expiry`. */
  readonly data: SessionData
  /** Its `_session_expiry`. */
  readonly expiry: Expiry
  /** Its `_auth_user_id`. */
  readonly userId: string | null
  readonly savedAt: Date
}

/** The settings that decoding takes. */
export type DecodeSettings = Pick<
  DjangoSettings<object>,
  "secretKey" | "fallbacks" | "legacy" | "keySalt" | "useTz" | "timeZone" | "maxBytes"
>

/**
 * What the `session_data` of a row, or a session file, says: Django's `get_decoded()`. `undefined` when its
 * signature is not one of the secrets', or it is damaged. The row's `expire_date` is not looked at.
 */
export function decodeSession(sessionData: string, settings: DecodeSettings): DecodedSession | undefined {
  const { keySalt = SESSION_SALT } = settings
  const signer = openSigner(keySalt, settings, settings.maxBytes)
  const codec = djangoCodec(signedFormat(signer), clockOf(settings))
  // A row may hold no text.
  const contents = typeof sessionData === "string" ? codec.decode(sessionData) : undefined
  if (!contents || isUnread(contents)) return undefined
  const { text, expiry, userId = null, createdAt } = contents
  return { data: parseData(text)!, expiry, userId, savedAt: new Date(createdAt) }
}
