import { createInterface } from "node:readline"
import type { Command } from "commander"
import { isUnable } from "../stores/backend.ts"
import { type Run, storeAddress, withStore } from "./command.ts"
import { EXIT, failure } from "./failure.ts"
import type { Invocation } from "./invocation.ts"
import { grouped, printable, sessionsOf } from "./printable.ts"
import { showProgress } from "./progress.ts"
import { noSession } from "./show.ts"
import type { Streams } from "./streams.ts"

interface RevokeOptions {
  readonly user?: string
  readonly all?: true
  readonly yes?: true
}

/** `holdfast revoke` */
export function addRevoke(program: Command, invocation: Invocation): void {
  program
    .command("revoke")
    .description("end a session, a user's sessions, or all of them")
    .argument("[id]", "the session's id, as list shows it")
    .option("--user <id>", "all of this user's sessions")
    .option("--all", "everybody's sessions")
    .option("--yes", "with --all: do not ask")
    .action(async (id: string | undefined, { user, all, yes }: RevokeOptions, command: Command) => {
      if ([id, user, all].filter((choice) => choice !== undefined).length !== 1)
        throw failure(EXIT.usage, "Give one of these: a session's id, --user or --all")
      if (all && !yes)
        await confirm(`This signs everybody out of ${storeAddress(command).label}.`, invocation)
      return withStore(command, invocation, (run) => {
        if (id !== undefined) return revokeOne(run, id)
        return user === undefined ? revokeAll(run) : revokeUser(run, user)
      })
    })
}

async function revokeOne({ sessions, print }: Run, id: string): Promise<number> {
  const revoked = (await sessions.revoke(id)) ? 1 : 0
  print({ revoked }, revoked ? `Ended ${sessionsOf(revoked)}` : noSession(id))
  return revoked ? EXIT.done : EXIT.nothing
}

async function revokeUser({ sessions, store, label, print }: Run, user: string): Promise<number> {
  if (!store.listByUser) throw failure(EXIT.usage, `The store ${label} can't find sessions by their user`)
  const revoked = await sessions.revokeUser(user)
  print({ revoked }, revoked > 0 ? `Ended ${sessionsOf(revoked)}` : `${printable(user)} has no sessions`)
  return revoked > 0 ? EXIT.done : EXIT.nothing
}

async function revokeAll({ upkeep, streams, patience, print }: Run): Promise<number> {
  const { signal } = patience
  const progress = showProgress(streams.stderr, patience, undefined)
  const revoked = await upkeep
    .deleteAll({ signal, onProgress: progress.update })
    .catch((error) => {
      throw isUnable(error)
        ? failure(EXIT.usage, `This store can't end all sessions: ${error.message}`)
        : error
    })
    .finally(progress.end)
  const records = `Removed ${grouped(revoked)} ${revoked === 1 ? "record" : "records"}`
  print(
    { revoked, isInterrupted: signal.aborted },
    signal.aborted ? `${records}, then stopped. Run it again for the rest` : records,
  )
  return EXIT.done
}

/** Asks on the terminal, for as long as it takes; only "yes" is yes. Anything else ends the command. */
async function confirm(what: string, { stdin, stderr }: Streams): Promise<void> {
  if (!stdin.isTTY)
    throw failure(EXIT.usage, "--all ends everybody's sessions: without a terminal to ask on, say --yes too")
  const terminal = createInterface({ input: stdin, output: stderr })
  const isSure = await new Promise((resolve) => {
    terminal.once("SIGINT", () => process.exit(130))
    terminal.once("close", () => resolve(false))
    terminal.question(`${what} Type "yes" to go on: `, (answer) => {
      resolve(answer.trim() === "yes")
      terminal.close()
    })
  })
  if (!isSure) throw failure(EXIT.nothing, "Nothing was changed")
}
