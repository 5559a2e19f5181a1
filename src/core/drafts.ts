import type { Draft, Live, Work } from "./engine.ts"
import { SessionError } from "./errors.ts"
import { begunAt, deadline, deadlineOfChange, isSameExpiry } from "./expiry.ts"
import type { Settings } from "./options.ts"
import { type Changeable, openText, type View } from "./view.ts"

// What a request's session comes to in its record.

/** What another request has stored meanwhile, as this application sees it. */
export function openLatest({ text }: Live, settings: Settings): string {
  const opened = settings.validate ? openText(text, settings) : { text }
  if (opened) return opened.text
  throw new SessionError(
    "ERR_SESSION_DATA",
    "Another request has stored meanwhile what the schema refuses, so that nothing can be laid over it",
  )
}

/** The session that continues `latest`. */
export function draftOver(
  latest: Live,
  view: View,
  write: Work["write"],
  { text, expiry }: Changeable,
  settings: Settings,
): Draft {
  const { userId, signedInAt } = write === "login" ? view : latest
  const { createdAt, expiresAt } = latest
  const begun = begunAt({ createdAt, signedInAt })
  const mayStay =
    (write === "replace" || write === "touch") &&
    isSameExpiry(expiry, latest.expiry) &&
    !settings.slidesOnChange
  const now = Date.now()
  return {
    userId,
    createdAt,
    signedInAt,
    expiry,
    text,
    expiresAt: mayStay
      ? deadlineOfChange(expiry, begun, expiresAt, now, settings)
      : deadline(expiry, begun, now, settings),
  }
}

/** A session that begins. Nobody is signed in to it but by a login. */
export function draftAnew(
  view: View,
  write: Work["write"],
  { text, expiry }: Changeable,
  settings: Settings,
): Draft {
  const { userId, signedInAt } = write === "create" ? NOBODY : view
  const now = Date.now()
  const createdAt = view.isStored ? now : view.createdAt
  const expiresAt = deadline(expiry, begunAt({ createdAt, signedInAt }), now, settings)
  return { userId, createdAt, signedInAt, expiry, text, expiresAt }
}

const NOBODY = { userId: null, signedInAt: null }
