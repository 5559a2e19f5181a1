import type { Found, SessionRecord, Version } from "../../core/record.ts"
import type { ReadOptions, Store, UserIndex } from "../../core/store.ts"
import { instantOf, newMark } from "../record-text.ts"
import { onServerClock } from "../server-clock.ts"
import { linkTo, type RedisClient } from "./client.ts"
import { redisClock } from "./clock.ts"
import {
  deadlineText,
  headOf,
  isSomebody,
  keysOf,
  NOBODY,
  ownerOf,
  recordIn,
  sessionText,
  versionOf,
} from "./layout.ts"
import { type RedisStoreOptions, settled } from "./options.ts"
import { type Call, scriptRunner } from "./run.ts"
import { FORGET, SWAP, TOUCH } from "./scripts.ts"
import { usersIn } from "./users.ts"

/**
 * Keeps sessions in Redis (5 or newer) or Valkey: a single server, a Cluster or behind Sentinel. One command
 * reads a session and one creates or replaces it, its place in its user's index included; on a Cluster, where that lies on
 * another server, a place takes a command of its own. The server ends sessions by its own clock, so that processes whose clocks differ agree on who is live.
 *
 * A user's sessions are found through an index that heals itself. Redis must not evict (`maxmemory-policy noeviction`) if no session may
 * be lost, and an ioredis `Cluster` must not read from replicas (`scaleReads`), which lag.
 *
 * A server whose memory is full refuses new sessions and writes that take more room; reads, touches, ends and writes that take no more
 * room go on. A client whose server is no longer the primary is made to connect again, since its host name may lead elsewhere by now.
 * A call waits for a client that is not connected for as long as `createSessions` waits for the call, and is not sent later.
 *
 * A client of `redis` 6 that keeps a cache (`createClient({ RESP: 3, clientSideCache: { ttl: 5000 } })`, or a pool)
 * reads without a round trip what it has read before, and the server tells it what has changed. Then a session that was
 * ended elsewhere works on for as long as that message is on its way; and for `ttl` milliseconds when its connection
 * has died without a sign. A write over a stale read is refused, and the request's changes are laid over what is read
 * again. A value computed from a stale read is stale all the same: count with `session.update()`.
 *
 * @example
 * const client = createClient({ url }).on("error", console.error) // without a listener it ends the process
 * createSessions({ store: redisStore(await client.connect()) })
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): Store & UserIndex {
  const { prefix, wait } = settled(options)
  const link = linkTo(client)
  const keys = keysOf(prefix)
  const scripts = scriptRunner(link, prefix, wait)
  const users = usersIn(link, keys, scripts)
  const clock = redisClock(link, keys)

  async function read(id: string, { fresh = false }: ReadOptions = {}): Promise<Found | undefined> {
    const key = keys.session(id)
    const isCopy = link.isCached && !fresh
    let text: unknown
    try {
      text = await (isCopy ? link.getCached(key) : link.get(key))
    } catch (error) {
      text = await askAgain(key, error)
    }
    const record = text == null ? undefined : recordIn(id, String(text))
    // A copy knows no time of expiry.
    if (!record || (isCopy && record.expiresAt <= clock.now())) return isCopy ? read(id, FRESH) : undefined
    return { record, version: versionOf(String(text)), ...(isCopy && { isCopy }) }
  }

  /** A read that was under way when the connection broke has changed nothing, and is sent once more over the next one. */
  function askAgain(key: string, error: unknown): Promise<unknown> {
    if (!BROKEN.test((error as Error | undefined)?.message ?? "")) throw error
    return link.get(key)
  }

  /** Writes over the record that `version` was given for; over none when it is empty. */
  async function swap(record: SessionRecord, version: string): Promise<string | undefined> {
    const { id, userId, expiresAt } = record
    const before = headOf(version)
    const owner = ownerOf(userId)
    const mark = newMark()
    const text = sessionText(record, mark, owner)
    const args = [before.mark, mark, `${instantOf(expiresAt)}`, text, id]
    // A place in an index is kept for as long as the record has its owner, and until its deadline at least; in a Cluster the
    // server that has the place may have lost it, which every write mends.
    const isListed = !link.isCluster && before.owner === owner && expiresAt <= before.expiresAt
    const isNew = before.owner !== owner
    const joins = isListed || owner === NOBODY ? [] : [keys.user(owner)]
    const leaves = isNew && isSomebody(before.owner) ? [keys.user(before.owner)] : []
    const key = keys.session(id)
    const reply = await scripts.together(
      { script: SWAP, keys: [key, ...joins, ...leaves], args: [...args, `${joins.length}`] },
      async () => {
        const call: Call = { script: SWAP, keys: [key], args: [...args, "0"] }
        const apart = await users.writeListed(owner, id, expiresAt, call)
        if (apart != null && isNew) await users.leave(before.owner, id)
        return apart
      },
    )
    return reply == null ? undefined : versionOf(text)
  }

  async function touch(id: string, expiresAt: number, version: string): Promise<boolean> {
    const { mark, owner } = headOf(version)
    if (mark === "") return false
    const key = keys.session(id)
    const args = [`${instantOf(expiresAt)}`, deadlineText(expiresAt), mark, id]
    const index = isSomebody(owner) ? [keys.user(owner)] : []
    const moved = await scripts.together({ script: TOUCH, keys: [key, ...index], args }, () =>
      users.writeListed(owner, id, expiresAt, { script: TOUCH, keys: [key], args }),
    )
    return moved != null
  }

  async function forget(id: string): Promise<boolean> {
    const [owner] = await scripts.write({ script: FORGET, keys: [keys.session(id)], args: [] })
    if (owner != null) await users.leave(String(owner), id)
    return owner != null
  }

  async function listByUser(userId: string): Promise<SessionRecord[]> {
    const owner = ownerOf(userId)
    const look = async (id: string): Promise<SessionRecord | undefined> => {
      const found = await read(id, FRESH)
      if (found?.record.userId === userId) return found.record
      await users.heal(owner, id)
      return undefined
    }
    const records = await Promise.all((await users.list(owner)).map(look))
    return records.filter((record) => record !== undefined)
  }

  const store = {
    read,
    create: (record: SessionRecord) => swap(record, ""),
    // An empty version stands for "no record there"; nobody was ever given one.
    replace: async (record: SessionRecord, version: Version) =>
      version === "" ? undefined : swap(record, String(version)),
    touch: (id: string, expiresAt: number, version: Version) => touch(id, expiresAt, String(version)),
    delete: forget,
    // Each index drops the dead when it is written, and ends with the last of its sessions.
    clearExpired: async () => 0,
    limit: link.limit,
    listByUser,
  }
  return onServerClock(store, clock)
}

const FRESH = { fresh: true } as const

/** How clients say that a connection broke: `redis`, then `ioredis`. */
const BROKEN = /^(?:Socket closed unexpectedly|Disconnects client|Connection is closed\.?)$/
