/**
 * What happened, told to the option `observe` after the fact. No event holds a token or a secret.
 *
 * - `reused`: a secret was presented that a renewal had superseded, after the new one had been in use for longer than
 *   `grace`: somebody has a copy of the cookie, or a browser went back to an old one.
 * - `duplicates`: a request brought several cookies of our name that open different sessions, so that it is
 *   nobody's. A neighbouring site may have planted one, or the cookie's `domain` or `path` was changed; a name that
 *   begins with `__Host-` rules it out.
 */
export type SessionEvent =
  | { readonly type: "reused"; readonly sessionId: string; readonly userId: string | null }
  | { readonly type: "duplicates"; readonly sessionIds: readonly string[] }

export type Observer = (event: SessionEvent) => void

/** Tells the observer. What it throws or rejects with changes nothing. */
export function tell(observe: Observer | undefined, event: SessionEvent): void {
  if (!observe) return
  try {
    const answer: unknown = observe(event)
    if (answer instanceof Promise) answer.catch(() => {})
  } catch {
    // An observer looks on; it is not part of the request.
  }
}
