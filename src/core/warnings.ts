import type { SessionError } from "./errors.ts"
import type { Settings } from "./options.ts"
import { shown } from "./shown.ts"
import { type ConnectionFacts, isAllOf, PAGE, whyNoCookie } from "./why-no-cookie.ts"

/** Says, once for each cause, why the browser will not keep the cookie that is about to be sent, if it can be seen from here. */
export function warnOfLoss(settings: Settings, connection: (() => ConnectionFacts) | undefined): void {
  if (!connection || isAllOf(settings.warned)) return
  // To look at each connection costs a tenth of a login.
  const count = settings.sent.count++
  if (count >= OFTEN && count % SELDOM !== 0) return
  try {
    for (const { cause, message } of whyNoCookie(settings.cookie, connection()))
      warnOnce(settings, cause, message)
  } catch {
    // The session is stored by now: an answer does not fail for a warning.
  }
}

const OFTEN = 100
const SELDOM = 50

/** Says once that several cookies open different sessions, so that their request is nobody's. */
export function warnOfDuplicates(settings: Settings): void {
  const name = shown(settings.cookie.name, 64)
  const way = settings.cookie.name.startsWith("__Host-")
    ? "Browsers keep one cookie of such a name for a host, so that another program sent them"
    : "They differ in domain or path: the options cookie.domain or cookie.path were changed, or a neighbouring site has set one. Set cookie.name to a new name, if possible one that begins with __Host-, of which browsers keep one only"
  warnOnce(
    settings,
    "duplicates",
    `A request brought several session cookies ${name} that open different sessions, so that it is nobody's. ${way}. ${PAGE}`,
  )
}

/** Says once that there are sessions which can't be read here. */
export function warnOfUnread(settings: Settings, reason: string): void {
  warnOnce(
    settings,
    reason,
    `A session can't be read here and stays as it is, since ${reason}. ${settings.keepsUnread ? "What a request would store in its place is refused" : "What a request stores in its place gets a cookie of its own"}. This is told once`,
  )
}

/** Says once that a session was used and the store did not take note of it. */
export function warnOfLostUse(settings: Settings, error: SessionError): void {
  warnOnce(
    settings,
    "lost use",
    `${because(error)}, so that the use of a session is not noted. Pages that change nothing are served all the same; sessions end at the deadlines they have. ${REMEDY}`,
  )
}

/** Says once that a superseded secret was presented and its session could not be ended. */
export function warnOfLostEnd(settings: Settings, error: SessionError): void {
  warnOnce(
    settings,
    "lost end",
    `${because(error)}, so that a session goes on whose superseded secret was presented. ${REMEDY}`,
  )
}

const REMEDY = "Is the store full, or a read-only replica? Run: npx holdfast doctor"

/** What failed, and the word by which the backend knows the reason; its sentence may hold anything. */
function because({ message, cause }: SessionError): string {
  const { code } = Object(cause) as { code?: unknown }
  return typeof code === "string" && /^\w{1,40}$/.test(code) ? `${message} (${code})` : message
}

function warnOnce({ warned, warn }: Settings, cause: string, message: string): void {
  if (warned.has(cause)) return
  warned.add(cause)
  warn(message)
}
