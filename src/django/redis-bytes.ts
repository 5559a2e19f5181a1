import { linkTo, type RedisClient } from "../stores/redis/client.ts"
import type { Command } from "../stores/redis/link.ts"
import { type ByteCache, deadlineIn } from "./byte-cache.ts"

/** Redis, where the bytes themselves are the version. */
export function redisBytes(client: RedisClient): ByteCache {
  const run = scriptRunner(client)
  const versionOf = (bytes: Buffer): string => bytes.toString("latin1")
  const lifetime = (expiresAt: number): string => String(Math.max(Math.ceil(expiresAt - Date.now()), 1))

  return {
    async get(key) {
      const [bytes, left] = (await run(GET, key)) as [Buffer | null, number]
      if (bytes === null) return undefined
      return { bytes, expiresAt: deadlineIn(Number(left)), version: versionOf(bytes) }
    },
    async set(key, bytes, expiresAt) {
      await run(SET, key, lifetime(expiresAt), bytes)
    },
    async add(key, bytes, expiresAt) {
      return (await run(ADD, key, lifetime(expiresAt), bytes)) === null ? undefined : versionOf(bytes)
    },
    async swap(key, bytes, expiresAt, version) {
      const left = expiresAt <= Date.now() ? "0" : lifetime(expiresAt)
      const done = await run(SWAP, key, left, bytes, Buffer.from(version, "latin1"))
      return Number(done) === 1 ? versionOf(bytes) : undefined
    },
    delete: async (key) => Number(await run("return redis.call('DEL', KEYS[1])", key)) === 1,
  }
}

const GET = "return {redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1])}"
const SET = "return redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[1])"
const ADD = "return redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[1], 'NX')"
const SWAP = `
if redis.call('GET', KEYS[1]) ~= ARGV[3] then return 0 end
if ARGV[1] == '0' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[1]) end
return 1`

type RunScript = (script: string, key: string, ...args: readonly (string | Buffer)[]) => Promise<unknown>

/** Runs scripts whose arguments and answers are bytes, which a pickle is. */
function scriptRunner(client: RedisClient): RunScript {
  const { callBuffer, withTypeMapping } = client as Partial<BufferMethods>
  if (callBuffer) return (script, key, ...args) => callBuffer.call(client, "EVAL", script, "1", key, ...args)
  // Recognised first, so that anything else is refused by name.
  linkTo(client)
  const link = linkTo(withTypeMapping!.call(client, { [BULK_STRING]: Buffer }))
  return async (script, key, ...args) => {
    const command: readonly unknown[] = ["EVAL", script, "1", key, ...args]
    const [reply] = await link.send(key, [command as Command])
    return reply
  }
}

/** What `ioredis` and `redis` have for bytes. */
interface BufferMethods {
  callBuffer(...args: readonly unknown[]): Promise<unknown>
  withTypeMapping(mapping: Readonly<Record<number, unknown>>): RedisClient
}

/** The byte that begins a bulk string in Redis's protocol, `$`. */
const BULK_STRING = 36
