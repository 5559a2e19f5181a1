import { checkNames, type OptionNames } from "../../core/option-names.ts"
import { checkCount, checkSeconds, MOST_WAIT, wrongOption } from "../../core/option-values.ts"

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
  readonly wait?: Wait
}

/** How many replicas confirm a write, and within how many seconds. */
export interface Wait {
  readonly replicas: number
  readonly timeout: number
}

/** The options as the store works with them. */
export interface RedisStoreSettings {
  readonly prefix: string
  readonly wait: Wait | undefined
}

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

export const DEFAULT_PREFIX = "holdfast:"

/** Throws a `TypeError` for an option that can't be. */
export function settled(options: RedisStoreOptions): RedisStoreSettings {
  checkNames("redisStore(client, options)", options, OPTIONS, WORDS)
  const { prefix = DEFAULT_PREFIX, wait } = options
  if (typeof prefix !== "string") throw wrongOption("prefix", "must be a string", prefix)
  if (wait !== undefined) {
    checkNames('The option "wait"', wait, WAIT)
    checkCount("wait.replicas", wait.replicas)
    checkSeconds("wait.timeout", wait.timeout, MOST_WAIT)
  }
  return { prefix, wait }
}
