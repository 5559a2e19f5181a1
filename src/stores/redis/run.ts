import { recordTooLarge } from "../../core/store.ts"
import type { Command, RedisLink } from "./link.ts"
import type { Wait } from "./options.ts"
import { isMissingRight, missingRights } from "./rights.ts"
import type { RedisScript } from "./scripts.ts"

/** A script and what it is to work on. */
export interface Call {
  readonly script: RedisScript
  readonly keys: readonly [string, ...string[]]
  readonly args: readonly string[]
}

/** What runs scripts. Several calls go to the server that holds the first one's first key, in order, and give their replies. */
export interface ScriptRunner {
  run(...calls: readonly Call[]): Promise<readonly unknown[]>
  /** Answers only once as many replicas as wanted have what was written. */
  write(...calls: readonly Call[]): Promise<readonly unknown[]>
  /**
   * Runs a script that names a session and indexes, or `apart` where they may lie on several servers: on a Cluster, and once a
   * server has refused to have them together.
   */
  together(call: Call, apart: () => Promise<unknown>, send?: "run" | "write"): Promise<unknown>
}

export function scriptRunner(link: RedisLink, prefix: string, wait: Wait | undefined): ScriptRunner {
  let isTogether = !link.isCluster

  function send(calls: readonly Call[], after: readonly Command[]): Promise<readonly unknown[]> {
    const ask = (verb: Verb): Promise<readonly unknown[]> =>
      link.send(calls[0]!.keys[0], [...calls.map((call) => commandOf(verb, call)), ...after])
    const failed = async (error: Error): Promise<never> => {
      if (TOO_LARGE.test(error.message)) throw recordTooLarge("Redis takes no value of this size", error)
      throw isMissingRight(error.message) ? await missingRights(link, prefix, error) : error
    }
    return ask("EVALSHA").catch((error: Error) =>
      // Whatever ran the first time is recognised the second.
      UNKNOWN_SCRIPT.test(error.message) ? ask("EVAL").catch(failed) : failed(error),
    )
  }

  const run = (...calls: readonly Call[]): Promise<readonly unknown[]> => send(calls, [])

  async function confirmed({ replicas, timeout }: Wait, calls: readonly Call[]): Promise<readonly unknown[]> {
    const replies = await send(calls, [["WAIT", `${replicas}`, `${Math.ceil(timeout * 1000)}`]])
    const count = Number(replies[calls.length])
    if (count < replicas)
      throw new Error(
        `${count} of ${replicas} replicas confirmed the write within ${timeout} s; it stands on the primary`,
      )
    return replies
  }

  const write = wait ? (...calls: readonly Call[]) => confirmed(wait, calls) : run

  return {
    run,
    write,
    async together(call, apart, how = "write") {
      if (isTogether || call.keys.length === 1)
        try {
          return (await (how === "write" ? write : run)(call))[0]
        } catch (error) {
          // It is refused before it has done anything.
          if (!SLOTS_DIFFER.test((error as Error).message)) throw error
          isTogether = false
        }
      return apart()
    },
  }
}

type Verb = "EVALSHA" | "EVAL"

function commandOf(verb: Verb, { script, keys, args }: Call): Command {
  return [verb, verb === "EVAL" ? script.text : script.sha, `${keys.length}`, ...keys, ...args]
}

/** How a server says that it does not know a script by its name. */
const UNKNOWN_SCRIPT = /^NOSCRIPT/

/** How servers with slots and those that stand in for them say that a script's keys lie apart. */
const SLOTS_DIFFER = /cross-?slot|same slot/i

/** How a server says that a value is above its `proto-max-bulk-len`. */
const TOO_LARGE = /invalid bulk length|exceeds maximum allowed size/i
