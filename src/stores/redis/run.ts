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

  async function run(...calls: readonly Call[]): Promise<readonly unknown[]> {
    return send(calls, [])
  }

  async function write(...calls: readonly Call[]): Promise<readonly unknown[]> {
    if (!wait) return send(calls, [])
    const replies = await send(calls, [["WAIT", `${wait.replicas}`, `${Math.ceil(wait.timeout * 1000)}`]])
    const replicas = Number(replies[calls.length])
    if (replicas < wait.replicas)
      throw new Error(
        `${replicas} of ${wait.replicas} replicas confirmed the write within ${wait.timeout} s; it stands on the primary`,
      )
    return replies
  }

  async function send(calls: readonly Call[], after: readonly Command[]): Promise<readonly unknown[]> {
    const key = calls[0]!.keys[0]
    const ask = (verb: Verb): Promise<readonly unknown[]> =>
      link.send(key, [...calls.map((call) => commandOf(verb, call)), ...after])
    try {
      return await ask("EVALSHA").catch((error: unknown) => {
        if (!UNKNOWN_SCRIPT.test((error as Error).message)) throw error
        return ask("EVAL") // whatever ran the first time is recognised the second
      })
    } catch (error) {
      const { message } = error as Error
      if (TOO_LARGE.test(message)) throw recordTooLarge("Redis takes no value of this size", error)
      throw isMissingRight(message) ? await missingRights(link, prefix, error as Error) : error
    }
  }

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
