import type { MemcachedClient } from "../stores/memcached-client.ts"
import { type Command, linkTo, type RedisClient } from "../stores/redis-client.ts"

/** A cache as Django uses it: bytes that end by themselves, and can be swapped for others. */
export interface ByteCache {
  get(key: string): Promise<Cached | undefined>
  /** Writes over whatever is there. */
  set(key: string, bytes: Buffer, expiresAt: number): Promise<void>
  /** Writes where nothing is; gives the version, or `undefined` when something was. */
  add(key: string, bytes: Buffer, expiresAt: number): Promise<string | undefined>
  /** Writes over this version and no other; a deadline in the past deletes it. */
  swap(key: string, bytes: Buffer, expiresAt: number, version: string): Promise<string | undefined>
  touch(key: string, expiresAt: number): Promise<boolean>
  delete(key: string): Promise<boolean>
}

/** What lies under a key. */
export interface Cached {
  readonly bytes: Buffer
  readonly expiresAt: number
  readonly version: string
}

/** A client of `redis` or `ioredis`, or what `memcachedClient(url)` of `holdfast/memcached` gives. */
export type CacheClient = RedisClient | MemcachedClient

/** The cache behind the client. Throws a `TypeError` when it is none of the known. */
export function byteCache(client: CacheClient): ByteCache {
  return isMemcached(client) ? throughMemcached(client) : throughRedis(client)
}

function isMemcached(client: CacheClient): client is MemcachedClient {
  return typeof (client as MemcachedClient | undefined)?.send === "function"
}

/** Redis, where the bytes themselves are the version. */
function throughRedis(client: RedisClient): ByteCache {
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
    touch: async (key, expiresAt) =>
      Number(await run("return redis.call('PEXPIRE', KEYS[1], ARGV[1])", key, lifetime(expiresAt))) === 1,
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

/** memcached, whose own number for each write is the version. */
function throughMemcached(client: MemcachedClient): ByteCache {
  async function write(
    key: string,
    bytes: Buffer,
    expiresAt: number,
    condition: string,
  ): Promise<string | undefined> {
    const head = `ms ${key} ${bytes.length} c F${PICKLED} T${lifetimeOf(expiresAt)} ${condition}`
    const { code, flags } = await client.send(head, bytes)
    return code === "HD" ? flags.c : undefined
  }

  return {
    async get(key) {
      const { value, flags } = await client.send(`mg ${key} v c t`)
      if (!value) return undefined
      return { bytes: value, expiresAt: deadlineIn(Number(flags.t) * 1000), version: flags.c! }
    },
    async set(key, bytes, expiresAt) {
      await write(key, bytes, expiresAt, "MS")
    },
    add: (key, bytes, expiresAt) => write(key, bytes, expiresAt, "ME"),
    async swap(key, bytes, expiresAt, version) {
      if (expiresAt > Date.now()) return write(key, bytes, expiresAt, `C${version}`)
      return (await client.send(`md ${key} C${version}`)).code === "HD" ? version : undefined
    },
    touch: async (key, expiresAt) => (await client.send(`mg ${key} T${lifetimeOf(expiresAt)}`)).code === "HD",
    delete: async (key) => (await client.send(`md ${key}`)).code === "HD",
  }
}

/** The instant when so many milliseconds are over; what the server keeps for ever ends in a year. */
function deadlineIn(left: number): number {
  return Date.now() + (left < 0 ? 365 * 86_400_000 : left)
}

/** Seconds for memcached, which takes a number over 30 days for an instant. */
function lifetimeOf(expiresAt: number): number {
  const left = Math.max(Math.ceil((expiresAt - Date.now()) / 1000), 1)
  return left <= 30 * 86_400 ? left : Math.min(Math.ceil(expiresAt / 1000), 2 ** 31 - 1)
}

/** How Python's clients of memcached mark what they pickled. */
const PICKLED = 1
