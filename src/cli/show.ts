import type { Command } from "commander"
import type { Expiry, SessionInfo } from "../index.ts"
import { withStore } from "./command.ts"
import { EXIT, failure } from "./failure.ts"
import type { Invocation } from "./invocation.ts"
import { printable } from "./printable.ts"

/** `holdfast show` */
export function addShow(program: Command, invocation: Invocation): void {
  program
    .command("show")
    .description("show one session, decoded")
    .argument("<id>", "the session's id, as list shows it")
    .action((id: string, _options: object, command: Command) =>
      withStore(command, invocation, async ({ sessions, print }) => {
        const session = await sessions.find(id)
        if (!session) throw failure(EXIT.nothing, noSession(id))
        print(session, described(session))
        return EXIT.done
      }),
    )
}

/** Why an id led nowhere. */
export function noSession(id: string): string {
  return /^[\da-f]{64}$/.test(id)
    ? "No live session has this id"
    : "No live session has this id: ids have 64 hex digits; what is in a cookie is a token, not an id"
}

function described({ id, userId, createdAt, expiry, expiresAt, data }: SessionInfo): string {
  const rows = [
    ["id", id],
    ["user", userId === null ? "nobody signed in" : printable(userId)],
    ["created", createdAt.toISOString()],
    ["expires", `${expiresAt.toISOString()} (${rule(expiry)})`],
    ["data", printable(data, 2)],
  ]
  return rows.map(([name = "", value]) => `${name.padEnd(9)}${value}`).join("\n")
}

function rule(expiry: Expiry): string {
  if (expiry === null) return "as the application's settings say"
  if (expiry === 0) return "or when the browser closes"
  return expiry instanceof Date ? "at this instant" : `${expiry} seconds after its last use`
}
