import type { RegisteredSession } from "holdfast"
import { djangoUser, verifySessionAuthHash } from "holdfast/django"
import { database } from "./sessions.ts"

/** A user of the Django site. */
export interface User {
  readonly username: string
}

/**
 * Who is signed in, as Django asks at each request: the user is still there and active, and the password is
 * the one they signed in with. Else the session is ended.
 */
export function userOf(session: RegisteredSession): User | undefined {
  const known = djangoUser(session)
  if (!known) return undefined
  const row = database
    .prepare("SELECT username, password FROM auth_user WHERE id = ? AND is_active")
    .get(known.id)
  if (!row) session.logout()
  return row && verifySessionAuthHash(session, String(row.password))
    ? { username: String(row.username) }
    : undefined
}
