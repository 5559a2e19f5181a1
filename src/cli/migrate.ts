import { type Command, Option } from "commander"
import { migrationSql, type SqlDialect } from "../stores/sql/schema.ts"
import { addressOf } from "../stores/url/address.ts"
import { withStore } from "./command.ts"
import { EXIT, failure, sentence } from "./failure.ts"
import type { Invocation } from "./invocation.ts"
import type { Streams } from "./streams.ts"

interface MigrateOptions {
  readonly print?: true
  readonly dialect?: SqlDialect
  readonly table?: string
  readonly store?: string
}

/** `holdfast migrate` */
export function addMigrate(program: Command, invocation: Invocation): void {
  program
    .command("migrate")
    .description("create or update what the store needs; any number of times, from any number of machines")
    .option("--print", "do nothing but print the SQL statements, for a migration of your own")
    .addOption(new Option("--dialect <name>", "with --print: whose SQL").choices(DIALECTS))
    .option("--table <name>", "with --print: the table's name")
    .action(async (options: MigrateOptions, command: Command) => {
      if (options.print) return print(command.optsWithGlobals<MigrateOptions>(), invocation)
      if (options.dialect || options.table)
        throw failure(EXIT.usage, "--dialect and --table go with --print; the store's URL says both")
      await withStore(
        command,
        invocation,
        async ({ store, print, label }) => {
          await store.migrate()
          print({ isReady: true }, `${label} is ready`)
          return EXIT.done
        },
        // An index of a large table takes its time.
        { mayCreate: true, timeout: 300 },
      )
    })
}

/** Prints the statements for the dialect and table given, or for those of the store's URL. */
function print({ dialect, table, store }: MigrateOptions, { stdout }: Streams): void {
  try {
    const address = dialect || !store ? undefined : addressOf(store)
    const spoken = dialect ?? DIALECTS.find((name) => name === address?.kind)
    if (!spoken) throw new TypeError(`Say whose SQL to print: --dialect ${DIALECTS.join(", ")}`)
    stdout.write(migrationSql(spoken, { table: table ?? address?.options.table }))
  } catch (error) {
    throw failure(EXIT.usage, sentence(error))
  }
}

const DIALECTS = ["postgres", "mysql", "sqlite"] as const satisfies readonly SqlDialect[]
