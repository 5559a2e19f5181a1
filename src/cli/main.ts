#!/usr/bin/env node
import { createRequire } from "node:module"
import { Command, Option } from "commander"
import { urlParts } from "../stores/url-parts.ts"
import { addClearExpired } from "./clear-expired.ts"
import { addDoctor } from "./doctor.ts"
import { tell, withoutPasswords } from "./failure.ts"
import { addList } from "./list.ts"
import { addMigrate } from "./migrate.ts"
import { addRevoke } from "./revoke.ts"
import { addShow } from "./show.ts"

const { version } = createRequire(import.meta.url)("../../package.json") as { version: string }

const program = new Command("holdfast")
  .description("Looks after the sessions in a store.")
  .version(version)
  .addOption(new Option("--store <url>", "where the sessions are kept").env("SESSION_STORE"))
  .option("--json", "answer with one JSON value, for scripts")
  .option("--verbose", "show where an error came from")
  .configureHelp({ showGlobalOptions: true })
  .configureOutput({ writeErr: (text) => process.stderr.write(withoutPasswords(text)) })
  .exitOverride()
  .addHelpText(
    "after",
    `
Exit codes: 0 done, 1 nothing there or a problem found, 2 wrong usage, 3 the store failed.
A store is a URL: postgres://… mysql://… redis://… memcached://… sqlite:./file.db file:./directory`,
  )

for (const add of [addClearExpired, addList, addShow, addRevoke, addMigrate, addDoctor]) add(program)

// `holdfast list … | head` ends when head has seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit()
  throw error
})

try {
  await program.parseAsync()
} catch (error) {
  const { store, verbose = false } = program.opts<{ store?: string; verbose?: boolean }>()
  process.exitCode = tell(error, verbose, secretsOf(store))
}
// What a client left open, such as a socket to a server that no longer answers, must not keep the process.
setTimeout(() => process.exit(), 500).unref()

function secretsOf(url: string | undefined): readonly string[] {
  if (!url) return []
  try {
    return urlParts(url).secrets
  } catch {
    return [url]
  }
}
