import { keysOf } from "./layout.ts"
import type { RedisLink } from "./link.ts"

/** Whether a server refused a command because its user may not run it, or may not touch the key. */
export function isMissingRight(message: string): boolean {
  return MISSING_RIGHT.test(message)
}

const MISSING_RIGHT = /NOPERM|ACL failure in script|user executing the script can't/

/**
 * The error that names the commands which the client's user may not run. Servers before Redis 7.2 do not say which command of a script
 * they refused, so each is tried, on a key that nothing lies under and in a way that writes nothing.
 */
export async function missingRights(link: RedisLink, prefix: string, cause: Error): Promise<Error> {
  const named = /'([\w|-]+)' command/.exec(cause.message)?.[1]
  const refused = named ? [named] : await refusedCommands(link, keysOf(prefix).session("rights"))
  const some = refused.length > 0 && refused.length < COMMANDS.length
  const what = some ? `may not run ${refused.join(", ").toUpperCase()}` : "may not touch the keys of sessions"
  const rights = [...(some ? refused.map((name) => `+${name.toLowerCase()}`) : []), `~${prefix}*`].join(" ")
  return new Error(`The Redis user ${what}: give it the rights, as in ACL SETUSER name ${rights}`, { cause })
}

async function refusedCommands(link: RedisLink, key: string): Promise<readonly string[]> {
  const trials = COMMANDS.map(([name, ...rest]) => {
    const args = [`'${name}'`, "KEYS[1]", ...rest.map((text) => `'${text}'`)]
    return `redis.pcall(${args.join(", ")})`
  })
  const script = `
local errors = {}
for n, reply in ipairs({${trials.join(", ")}}) do errors[n] = type(reply) == 'table' and reply.err or '' end
return errors`
  const [errors] = await link.send(key, [["EVAL", script, "1", key]]).catch(() => [[]])
  return COMMANDS.filter((_, place) => isMissingRight(String((errors as unknown[])[place]))).map(
    ([name]) => name,
  )
}

/** Each command of the store's scripts, and arguments after the key with which it changes nothing. */
const COMMANDS: readonly (readonly [name: string, ...args: string[]])[] = [
  ["GETRANGE", "0", "0"],
  ["SET", "", "XX"],
  ["SETRANGE", "0", ""],
  ["STRLEN"],
  ["DEL"],
  ["PEXPIREAT", "1"],
  ["PTTL"],
  ["PERSIST"],
  ["ZADD", "XX", "1", "none"],
  ["ZREM", "none"],
  ["ZSCORE", "none"],
  ["ZRANGE", "0", "0"],
  ["ZRANGEBYSCORE", "1", "0"],
  ["ZREMRANGEBYSCORE", "1", "0"],
]
