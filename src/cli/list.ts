import type { Command } from "commander"
import { withStore } from "./command.ts"
import { EXIT, failure } from "./failure.ts"
import type { Invocation } from "./invocation.ts"
import { printable } from "./printable.ts"

/** `holdfast list` */
export function addList(program: Command, invocation: Invocation): void {
  program
    .command("list")
    .description("list a user's live sessions, newest first")
    .requiredOption("--user <id>", "whose")
    .action(({ user }: { user: string }, command: Command) =>
      withStore(command, invocation, async ({ sessions, connection, print, label }) => {
        if (!connection.store.listByUser)
          throw failure(EXIT.usage, `The store ${label} can't find sessions by their user`)
        const found = await sessions.list(user)
        const rows = found.map(({ id, createdAt, expiresAt }) =>
          [id, createdAt.toISOString(), expiresAt.toISOString()].join("  "),
        )
        const head = `${"ID".padEnd(64)}  ${"CREATED".padEnd(24)}  EXPIRES`
        print(found, rows.length > 0 ? [head, ...rows].join("\n") : `${printable(user)} has no sessions`)
        return rows.length > 0 ? EXIT.done : EXIT.nothing
      }),
    )
}
