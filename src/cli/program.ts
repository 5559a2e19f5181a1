import { createRequire } from "node:module"
import { Command, Option } from "commander"
import { addressOf } from "../stores/url/address.ts"
import { URL_SCHEMES } from "../stores/url/schemes.ts"
import { addClearExpired } from "./clear-expired.ts"
import { seconds } from "./command.ts"
import { djangoSecrets } from "./django-settings.ts"
import { addDoctor } from "./doctor.ts"
import { EXIT, tell, withoutTyped } from "./failure.ts"
import { addImportDjango } from "./import-django.ts"
import type { Invocation } from "./invocation.ts"
import { addList } from "./list.ts"
import { addMigrate } from "./migrate.ts"
import { patience as newPatience } from "./patience.ts"
import { addRevoke } from "./revoke.ts"
import { addShow } from "./show.ts"
import type { Streams } from "./streams.ts"

const { version } = createRequire(import.meta.url)("../../package.json") as { version: string }

/**
 * Runs one command to its end; gives its exit code. What goes wrong is told on `stderr`. Where a store does not answer, the
 * connection to it may still be open then: the process is to exit.
 */
export async function execute(args: readonly string[], streams: Streams): Promise<number> {
  const { stdin, stdout, stderr } = streams
  using patience = newPatience()
  const invocation: Invocation = { stdin, stdout, stderr, patience, exitCode: EXIT.done }
  const program = new Command("holdfast")
    .description("Looks after the sessions in a store.")
    .version(version)
    .addOption(new Option("--store <url>", "where the sessions are kept").env("SESSION_STORE"))
    .option("--timeout <seconds>", "how long to wait for an answer of the store", seconds)
    .option("--json", "answer with one JSON value, for scripts")
    .option("--verbose", "show where an error came from")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(withoutTyped(text, args, djangoSecrets())),
    })
    .exitOverride()
    .addHelpText(
      "after",
      `
Exit codes: 0 done, 1 nothing there or a problem found, 2 wrong usage, 3 store or site failed.
A store is a URL:
${storeForms().join("\n")}`,
    )
  for (const add of [addClearExpired, addList, addShow, addRevoke, addMigrate, addImportDjango, addDoctor])
    add(program, invocation)

  try {
    await patience.bound(program.parseAsync(args, { from: "user" }))
    return patience.exitCode() ?? invocation.exitCode
  } catch (error) {
    const { store, verbose = false } = program.opts<{ store?: string; verbose?: boolean }>()
    const from = program.commands.map((command) => command.opts<{ from?: string }>().from)
    const secrets = [...[store, ...from].flatMap(secretsOf), ...djangoSecrets()]
    const code = tell(error, stderr, verbose, secrets)
    return patience.exitCode() ?? code
  }
}

/** A URL of each backend, as a person writes it. */
function storeForms(): string[] {
  const kinds = new Map<string, string>()
  for (const [name, { kind, place, form }] of Object.entries(URL_SCHEMES))
    if (place !== "process" && !kinds.has(kind)) kinds.set(kind, `  ${name}:${form}`)
  return [...kinds.values()]
}

function secretsOf(url: string | undefined): readonly string[] {
  if (!url) return []
  try {
    return addressOf(url).secrets
  } catch {
    return [url]
  }
}
