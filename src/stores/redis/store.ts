import { hash } from "node:crypto"
import { checkNames, type OptionNames } from "../../core/option-names.ts"
import { checkCount, checkSeconds, MOST_WAIT, wrongOption } from "../../core/option-values.ts"
import type { Found, SessionRecord } from "../../core/record.ts"
import { type ReadOptions, recordTooLarge, type Store, type UserIndex } from "../../core/store.ts"
import { digitsOf, instantOf, newMark, recordOf, textOf } from "../record-text.ts"
import { type Command, linkTo, type RedisClient } from "./client.ts"
import { ENLIST, FORGET, type RedisScript, ROSTER, STRIKE, SWAP, TOUCH } from "./scripts.ts"

/** How sessions lie in Redis. */
export interface RedisStoreOptions {
  /** What every key begins with. Stores with different prefixes never see each other's sessions. @default "holdfast:" */
  readonly prefix?: string
  /**
   * Acknowledges a write only once this many replicas have it; throws when they do not confirm it within
   * `timeout` seconds, though the write stands on the primary and may still reach them.
   *
   * Without it a write is acknowledged by the primary alone, as everything in Redis is, and the last ones are
   * lost when the primary dies and a replica takes over: a login may be forgotten, and a logout undone. This
   * narrows that to failovers that choose a replica without the write.
   */
  readonly wait?: { readonly replicas: number; readonly timeout: number }
}

type Wait = NonNullable<RedisStoreOptions["wait"]>
const OPTIONS: OptionNames<RedisStoreOptions> = { prefix: true, wait: true }
/** Of connect-redis. */
const WORDS = {
  client: "it goes first: redisStore(client, { prefix })",
  ttl: "how long sessions live is said once, by createSessions({ idle, absolute })",
  disableTTL: "how long sessions live is said once, by createSessions({ idle, absolute })",
  disableTouch: "a deadline is moved at most once per tenth of idle; leave it out",
  serializer: "data is kept as JSON; leave it out",
  scanCount: "nothing is found by scanning; leave it out",
}
const WAIT: OptionNames<Wait> = { replicas: true, timeout: true }

/**
 * Keeps sessions in Redis (5 or newer) or Valkey: a single server, a Cluster or behind Sentinel. One command
 * reads a session and one creates or replaces it, its place in its user's index included; on a Cluster, where that lies on
 * another server, a place takes a command of its own. The server ends sessions by its own clock, so that processes whose clocks differ agree on who is live.
 *
 * A user's sessions are found through an index that heals itself. Redis must not evict (`maxmemory-policy noeviction`) if no session may
 * be lost, and an ioredis `Cluster` must not read from replicas (`scaleReads`), which lag.
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
  checkNames("redisStore(client, options)", options, OPTIONS, WORDS)
  const { prefix = "holdfast:", wait } = options
  if (typeof prefix !== "string") throw wrongOption("prefix", "must be a string", prefix)
  if (wait !== undefined) {
    checkNames('The option "wait"', wait, WAIT)
    checkCount("wait.replicas", wait.replicas)
    checkSeconds("wait.timeout", wait.timeout, MOST_WAIT)
  }
  const link = linkTo(client)
  // Owners and ids have a fixed length, so that no two prefixes can make the same key of either kind.
  const keyOf = (id: string): string => `${prefix}session:${id}`
  const indexOf = (owner: string): string => `${prefix}user:${owner}`

  interface Call {
    readonly script: RedisScript
    readonly keys: readonly [string, ...string[]]
    readonly args: readonly string[]
  }

  /** Whether a script may write a session and its places in indexes together: until a server with slots refuses it. */
  let isTogether = !link.isCluster

  // One string a session, not a hash: it takes a third less memory when small, and a fifth less time to read.
  async function read(id: string, { fresh = false }: ReadOptions = {}): Promise<Found | undefined> {
    const isCopy = link.isCached && !fresh
    const text = await (isCopy ? link.getCached(keyOf(id)) : link.get(keyOf(id)))
    const found = text == null ? undefined : recordOf(id, String(text))
    if (!found || (isCopy && found.record.expiresAt <= Date.now()))
      return isCopy ? read(id, FRESH) : undefined
    return { record: found.record, version: String(text).slice(0, HEAD), ...(isCopy && { isCopy }) }
  }

  /** Runs scripts on one server, in order, and gives their replies. */
  async function run(isAwaited: boolean, ...calls: readonly Call[]): Promise<readonly unknown[]> {
    const confirmed: Command[] =
      wait && isAwaited ? [["WAIT", `${wait.replicas}`, `${Math.ceil(wait.timeout * 1000)}`]] : []
    const send = (verb: "EVALSHA" | "EVAL"): Promise<readonly unknown[]> =>
      link.send(calls[0]!.keys[0], [
        ...calls.map(
          ({ script, keys, args }): Command => [
            verb,
            verb === "EVAL" ? script.text : script.sha,
            `${keys.length}`,
            ...keys,
            ...args,
          ],
        ),
        ...confirmed,
      ])
    const replies = await send("EVALSHA").catch((error: unknown) => {
      const { message } = error as Error
      if (TOO_LARGE.test(message)) throw recordTooLarge("Redis takes no value of this size", error)
      if (!String(message).startsWith("NOSCRIPT")) throw error
      return send("EVAL") // whatever ran the first time is recognised the second
    })
    const replicas = Number(replies[calls.length] ?? 0)
    if (wait && isAwaited && replicas < wait.replicas)
      throw new Error(
        `${replicas} of ${wait.replicas} replicas confirmed the write within ${wait.timeout} s; it stands on the primary`,
      )
    return replies
  }

  /** Runs a script that names a session and indexes, or `apart` once a server has refused to have them together. */
  async function runTogether(call: Call, apart: () => Promise<unknown>, isAwaited = true): Promise<unknown> {
    if (isTogether || call.keys.length === 1)
      try {
        return (await run(isAwaited, call))[0]
      } catch (error) {
        // It is refused before it has done anything.
        if (!SLOTS_DIFFER.test((error as Error).message)) throw error
        isTogether = false
      }
    return apart()
  }

  /**
   * Writes a record and, before it, its entry in its owner's index, each by itself: whatever dies in between leaves at worst
   * an entry that leads nowhere, never a live session that can't be found.
   */
  async function runListed(owner: string, id: string, expiresAt: number, call: Call): Promise<unknown> {
    if (owner === NOBODY) return (await run(true, call))[0]
    const entry = enlist(owner, id, expiresAt)
    if (!link.isCluster) return (await run(true, entry, call))[1]
    await run(true, entry)
    return (await run(true, call))[0]
  }

  function enlist(owner: string, id: string, expiresAt: number): Call {
    return { script: ENLIST, keys: [indexOf(owner)], args: [id, `${instantOf(expiresAt)}`] }
  }

  /** Writes over the record that `version` was given for; over none when it is empty. */
  async function swap(record: SessionRecord, version: string): Promise<string | undefined> {
    const { id, userId, expiresAt } = record
    const before = headOf(version)
    const owner = ownerOf(userId)
    const mark = newMark()
    const text = textOf(record, mark, owner)
    const key = keyOf(id)
    const args = [before.mark, mark, `${instantOf(expiresAt)}`, text, id]
    // A place in an index is kept for as long as the record has its owner, and until its deadline at least; in a Cluster the
    // server that has the place may have lost it, which every write mends.
    const isListed = !link.isCluster && before.owner === owner && expiresAt <= before.expiresAt
    const isNew = before.owner !== owner
    const joins = isListed || owner === NOBODY ? [] : [indexOf(owner)]
    const leaves = isNew && isSomebody(before.owner) ? [indexOf(before.owner)] : []
    const reply = await runTogether(
      { script: SWAP, keys: [key, ...joins, ...leaves], args: [...args, `${joins.length}`] },
      async () => {
        const call: Call = { script: SWAP, keys: [key], args: [...args, "0"] }
        const apart = await runListed(owner, id, expiresAt, call)
        if (apart != null && isNew) await leave(before.owner, id)
        return apart
      },
    )
    return reply == null ? undefined : text.slice(0, HEAD)
  }

  /** Takes a session out of the index of somebody whose it is no longer. Where order is kept nobody has to wait for it. */
  async function leave(owner: string, id: string): Promise<void> {
    const leaving = strike(owner, id, async () => {
      const index = indexOf(owner)
      await link.send(index, [["ZREM", index, id]])
      const found = await read(id, FRESH)
      if (found && ownerOf(found.record.userId) === owner)
        await run(false, enlist(owner, id, found.record.expiresAt))
    })
    if (!link.keepsOrder) await leaving
  }

  /** Takes out of an index what is not its owner's, in one step with the look at it or, where it lies apart, by `apart`. */
  async function strike(owner: string, id: string, apart: () => Promise<void>): Promise<void> {
    if (!isSomebody(owner)) return
    await tidy(
      runTogether({ script: STRIKE, keys: [indexOf(owner), keyOf(id)], args: [id, owner] }, apart, false),
    )
  }

  async function forget(id: string): Promise<boolean> {
    const [owner] = await run(true, { script: FORGET, keys: [keyOf(id)], args: [] })
    if (owner != null) await leave(String(owner), id)
    return owner != null
  }

  async function listByUser(userId: string): Promise<SessionRecord[]> {
    const owner = ownerOf(userId)
    const [ids] = (await run(false, { script: ROSTER, keys: [indexOf(owner)], args: [] })) as [unknown[]]
    const records: SessionRecord[] = []
    const look = async (id: string): Promise<void> => {
      const found = await read(id, FRESH)
      if (found?.record.userId === userId) records.push(found.record)
      // Apart from it a session may be about to be written, so there an entry that leads nowhere is left to its deadline.
      else await strike(owner, id, async () => {})
    }
    await Promise.all(ids.map((id) => look(String(id))))
    return records
  }

  return {
    read,
    create: (record) => swap(record, ""),
    // An empty version stands for "no record there"; nobody was ever given one.
    replace: async (record, version) => (version === "" ? undefined : swap(record, String(version))),
    async touch(id, expiresAt, version) {
      const { mark, owner } = headOf(String(version))
      if (mark === "") return false
      const args = [`${instantOf(expiresAt)}`, digitsOf(expiresAt), mark, id]
      const call: Call = { script: TOUCH, keys: [keyOf(id)], args }
      const index = isSomebody(owner) ? [indexOf(owner)] : []
      const isTouched = await runTogether({ ...call, keys: [keyOf(id), ...index] }, () =>
        runListed(owner, id, expiresAt, call),
      )
      return isTouched != null
    },
    delete: forget,
    // Each index drops the dead when it is written or listed, and ends with the last of its sessions.
    clearExpired: async () => 0,
    listByUser,
  }
}

const FRESH = { fresh: true } as const

/** The owner of a session that nobody has signed in to. */
const NOBODY = " ".repeat(22)

/** How servers with slots and those that stand in for them say that a script's keys lie apart. */
const SLOTS_DIFFER = /cross-?slot|same slot/i

/** How a server says that a value is above its `proto-max-bulk-len`. */
const TOO_LARGE = /invalid bulk length|exceeds maximum allowed size/i

/** Whether it is an owner that has an index; `""` is that of no record. */
function isSomebody(owner: string): boolean {
  return owner !== NOBODY && owner !== ""
}

/** A user as keys and headers name them: of one length, and without telling who it is. */
function ownerOf(userId: string | null): string {
  if (userId === null) return NOBODY
  return hash("sha256", userId, "base64url").slice(0, 22)
}

/**
 * The characters of a record that are its version: its mark, which alone tells one write from another, and what its index
 * depends on. So a writer knows what it writes over without another look.
 */
const HEAD = 53

/** What a version says of the record it was given for. */
function headOf(version: string): { mark: string; expiresAt: number; owner: string } {
  return { mark: version.slice(0, 16), expiresAt: Number(version.slice(16, 31)), owner: version.slice(31) }
}

/** Waits for work that only tidies up: what it would have done is done by the next listing, or by time. */
async function tidy(work: Promise<unknown>): Promise<void> {
  await work.catch(() => {})
}
