import type { Command } from "commander"
import { withStore } from "./command.ts"
import { EXIT } from "./failure.ts"

/** `holdfast migrate` */
export function addMigrate(program: Command): void {
  program
    .command("migrate")
    .description("create or update what the store needs; any number of times, from any number of machines")
    .action((_options: object, command: Command) =>
      withStore(
        command,
        async ({ connection, print, label }) => {
          await connection.store.migrate?.()
          print({ isReady: true }, `${label} is ready`)
          return EXIT.done
        },
        { mayCreate: true },
      ),
    )
}
