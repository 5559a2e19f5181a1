import type { Command } from "commander"
import type { Expiry, SessionInfo } from "../index.ts"
import { takesDjango, withEither } from "./django-site.ts"
import { EXIT, failure } from "./failure.ts"
import type { Invocation } from "./invocation.ts"
import { printable } from "./printable.ts"

/** `holdfast show` */
export function addShow(program: Command, invocation: Invocation): void {
  const command = program
    .command("show")
    .description("show one session, decoded")
    .argument("<id>", "the session's id, as list shows it; with --django its key")
  takesDjango(command).action((id: string) =>
    withEither(command, invocation, async ({ sessions, print, isDjango = false }) => {
      const session = await sessions.find(id)
      if (!session) throw failure(EXIT.nothing, isDjango ? NO_DJANGO_SESSION : noSession(id))
      print(session, described(session, isDjango))
      return EXIT.done
    }),
  )
}

/** Why an id led nowhere. */
export function noSession(id: string): string {
  return /^[\da-f]{32}$/.test(id)
    ? "No live session has this id"
    : "No live session has this id: ids have 32 hex digits; what is in a cookie is a token, and the id is what stands before its point"
}

const NO_DJANGO_SESSION = "No live session has this key, or none that DJANGO_SECRET_KEY has signed"

function described(session: SessionInfo, isDjango: boolean): string {
  const { id, userId, createdAt, signedInAt, usedAt, expiry, expiresAt, data } = session
  // Django keeps when a session was last saved, and in its caches not even that.
  const begun = createdAt.getTime() > 0 ? createdAt.toISOString() : "not known"
  const rows = [
    [isDjango ? "key" : "id", id],
    ["user", userId === null ? "nobody signed in" : printable(userId)],
    [isDjango ? "saved" : "created", begun],
    ...(signedInAt ? [["signed in", signedInAt.toISOString()]] : []),
    ...(isDjango ? [] : [["used", `${usedAt.toISOString()} or somewhat later`]]),
    ["expires", `${expiresAt.toISOString()} (${rule(expiry)})`],
    ["data", printable(data, 2)],
  ]
  return rows.map(([name = "", value]) => `${name.padEnd(11)}${value}`).join("\n")
}

function rule(expiry: Expiry): string {
  if (expiry === null) return "as the application's settings say"
  if (expiry === 0) return "or when the browser closes"
  return expiry instanceof Date ? "at this instant" : `${expiry} seconds after its last use`
}
