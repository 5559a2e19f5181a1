import type { Command } from "commander"
import type { SessionInfo } from "../index.ts"
import type { Overview } from "./command.ts"
import { takesDjango, withEither } from "./django-site.ts"
import { EXIT, failure } from "./failure.ts"
import type { Invocation } from "./invocation.ts"
import { printable } from "./printable.ts"

/** `holdfast list` */
export function addList(program: Command, invocation: Invocation): void {
  const command = program
    .command("list")
    .description("list a user's live sessions, newest first")
    .requiredOption("--user <id>", "whose")
  takesDjango(command).action(({ user }: { user: string }) =>
    withEither(command, invocation, (run) => list(run, user)),
  )
}

async function list({ listByUser, label, print, isDjango }: Overview, user: string): Promise<number> {
  if (!listByUser) throw failure(EXIT.usage, `The store ${label} can't find sessions by their user`)
  const found = await listByUser(user)
  const [id, created] = isDjango ? ["KEY".padEnd(32), "SAVED"] : ["ID".padEnd(64), "CREATED"]
  const head = `${id}  ${created.padEnd(24)}  EXPIRES`
  const rows = found.map(row)
  print(found, rows.length > 0 ? [head, ...rows].join("\n") : `${printable(user)} has no sessions`)
  return rows.length > 0 ? EXIT.done : EXIT.nothing
}

function row({ id, createdAt, expiresAt }: SessionInfo): string {
  return [id, createdAt.toISOString(), expiresAt.toISOString()].join("  ")
}
