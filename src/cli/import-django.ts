import { type Command, Option } from "commander"
import { type ImportReport, importDjango } from "../django/import.ts"
import { clockOf } from "../django/settings.ts"
import { djangoTable } from "../django/table.ts"
import type { Address } from "../stores/backend.ts"
import { type Run, understood, wholeNumber, withStore } from "./command.ts"
import { djangoDatabase } from "./django-database.ts"
import { type DjangoFlags, settingsOf, takesSettings } from "./django-settings.ts"
import { EXIT, failure, misuse } from "./failure.ts"
import type { Invocation } from "./invocation.ts"
import { soon } from "./patience.ts"
import { grouped, sessionsOf } from "./printable.ts"
import { showProgress } from "./progress.ts"

interface ImportFlags extends DjangoFlags {
  readonly from?: string
  readonly batchSize: number
}

/** `holdfast import-django` */
export function addImportDjango(program: Command, invocation: Invocation): void {
  const command = program
    .command("import-django")
    .description("copy a Django site's live sessions into the store; it may be stopped and run again")
    .addOption(new Option("--from <url>", "Django's database").env("DJANGO_DATABASE"))
    .option("--batch-size <number>", "how many to copy at a time", wholeNumber, 500)
  takesSettings(command).action((flags: ImportFlags) => {
    if (!flags.from) throw failure(EXIT.usage, "Say where Django is: --from URL, or DJANGO_DATABASE=URL")
    const from = understood(flags.from)
    return withStore(command, invocation, (run) => copy(run, from, flags))
  })
}

async function copy(run: Run, address: Address, flags: ImportFlags): Promise<number> {
  const { store, streams, patience, print } = run
  const settings = settingsOf(flags)
  await using django = await djangoDatabase(address)
  const from = { ...django, ...settings }
  const table = misuse(() => djangoTable(from, clockOf(settings).zone))

  const { signal } = patience
  // Counting is only worth its time to somebody who watches.
  const total = streams.stderr.isTTY ? await soon(table.count("live"), 3000) : undefined
  const progress = showProgress(streams.stderr, patience, total, { verb: "copied" })
  const begun = performance.now()
  const report = await importDjango(from, store, {
    batchSize: flags.batchSize,
    signal,
    onProgress: (sofar) => progress.update(seen(sofar)),
  }).finally(progress.end)

  const seconds = Math.round(performance.now() - begun) / 1000
  const summary = `${described(report)} in ${grouped(seconds)} s`
  print(
    { ...report, seconds, isInterrupted: signal.aborted },
    signal.aborted ? `${summary}, then stopped. Run it again for the rest` : summary,
  )
  if (report.unreadable > 0 && report.unreadable === seen(report)) throw failure(EXIT.nothing, NOTHING_READ)
  return EXIT.done
}

function seen({ imported, present, unreadable }: ImportReport): number {
  return imported + present + unreadable
}

function described({ imported, present, unreadable }: ImportReport): string {
  const others = [
    present > 0 && `${grouped(present)} were there already`,
    unreadable > 0 && `${grouped(unreadable)} could not be read`,
  ].filter((text) => text !== false)
  return `Copied ${sessionsOf(imported)}${others.length > 0 ? ` (${others.join(", ")})` : ""}`
}

const NOTHING_READ =
  "Nothing could be read: is DJANGO_SECRET_KEY the site's? Django 3.2 and older may take --legacy, a SessionStore of the site's own --key-salt"
