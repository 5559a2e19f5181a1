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
  const columns = isDjango ? DJANGO : OURS
  const head = columns
    .map(([name, width]) => name.padEnd(width))
    .join("  ")
    .trimEnd()
  const rows = found.map((session) => columns.map(([, , cell]) => cell(session)).join("  "))
  print(found, rows.length > 0 ? [head, ...rows].join("\n") : `${printable(user)} has no sessions`)
  return rows.length > 0 ? EXIT.done : EXIT.nothing
}

type Column = readonly [name: string, width: number, cell: (session: SessionInfo) => string]

const EXPIRES: Column = ["EXPIRES", 24, ({ expiresAt }) => expiresAt.toISOString()]

const OURS: readonly Column[] = [
  ["ID", 32, ({ id }) => id],
  ["SIGNED IN", 24, ({ signedInAt, createdAt }) => (signedInAt ?? createdAt).toISOString()],
  ["USED", 24, ({ usedAt }) => usedAt.toISOString()],
  EXPIRES,
]

const DJANGO: readonly Column[] = [
  ["KEY", 32, ({ id }) => id],
  ["SAVED", 24, ({ createdAt }) => createdAt.toISOString()],
  EXPIRES,
]
