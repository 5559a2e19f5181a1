import type { Found, SessionRecord } from "../core/record.ts"
import type { ReadOptions, Store, UserIndex } from "../core/store.ts"

/** The clock of a backend's server, followed from here. */
export interface ServerClock {
  /**
   * By how many milliseconds it is ahead of this machine's clock; 0 where they agree to within two seconds as far as is known, else whole
   * seconds. It asks before the first answer and then once a minute, while answers go on; sooner where the last answer took two seconds or
   * more. Rejects when the first question fails.
   */
  ahead(): number | Promise<number>
  /** The server's time in epoch milliseconds, once `ahead` has answered. */
  now(): number
}

/**
 * @param ask Gives the server's time in epoch milliseconds. What it rejects with is what the store's call rejects with;
 * `undefined` says that the server does not tell its time, and is not asked again.
 */
export function serverClock(ask: () => Promise<number | undefined>): ServerClock {
  /**
   * The server's time when `performance.now()` was 0, which stays right when this machine's clock is set, and by how much it may be wrong:
   * the answer was given at some moment between the question and its arrival.
   */
  let known: { readonly origin: number; readonly doubt: number } | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  let isSilent = false
  /** The question under way, and since when. */
  let asking: { readonly answer: Promise<void>; readonly since: number } | undefined

  async function measure(): Promise<void> {
    const before = performance.now()
    const theirs = await ask()
    const after = performance.now()
    askedAt = after
    const doubt = (after - before) / 2
    if (theirs === undefined) isSilent = true
    // An answer that took long says little, which is no reason to forget a better one.
    else if (known === undefined || doubt < Math.max(known.doubt, TOLERATED / 2))
      known = { origin: theirs - (before + after) / 2, doubt }
  }

  /** All that ask at a time wait for one answer, but not for one that got lost. */
  function question(): Promise<void> {
    const now = performance.now()
    if (asking && now - asking.since < PATIENCE) return asking.answer
    const answer = measure().finally(() => {
      if (asking?.answer === answer) asking = undefined
    })
    asking = { answer, since: now }
    return answer
  }

  function current(): number {
    if (isSilent || known === undefined) return 0
    const ahead = known.origin + performance.now() - Date.now()
    return Math.abs(ahead) < TOLERATED + known.doubt ? 0 : Math.round(ahead / 1000) * 1000
  }

  /** For how long the last answer is believed. */
  function patience(): number {
    return known !== undefined && known.doubt < TOLERATED / 2 ? MINUTE : PATIENCE
  }

  return {
    ahead() {
      if (isSilent) return 0
      if (known === undefined) return question().then(current)
      if (performance.now() - askedAt > patience()) {
        askedAt = performance.now()
        question().catch(() => {}) // what the last answer said goes on to hold
      }
      return current()
    },
    now: () => Date.now() + current(),
  }
}

/** In milliseconds: by how much machines that are kept on time may differ; how long an answer may take; how often is asked. */
const TOLERATED = 2000
const PATIENCE = 5000
const MINUTE = 60_000

/**
 * A store whose deadlines are those of the server's clock: its records carry the server's instants, and what is read and written
 * here carries this machine's. So machines whose clocks differ agree on who is signed in.
 */
export function onServerClock<S extends Store & UserIndex>(store: S, clock: ServerClock): S {
  async function written<Answer>(
    record: SessionRecord,
    write: (record: SessionRecord) => Promise<Answer>,
  ): Promise<Answer> {
    return write(moved(record, await clock.ahead()))
  }

  async function translated(
    ahead: number | Promise<number>,
    id: string,
    options: ReadOptions | undefined,
  ): Promise<Found | undefined> {
    const by = await ahead
    const found = await store.read(id, options)
    return found && by !== 0 ? { ...found, record: moved(found.record, -by) } : found
  }

  return {
    ...store,
    // Nothing is waited for that is there, since every request comes by.
    read(id, options) {
      const ahead = clock.ahead()
      return ahead === 0 ? store.read(id, options) : translated(ahead, id, options)
    },
    async delete(id) {
      await clock.ahead()
      return store.delete(id)
    },
    async clearExpired(options) {
      await clock.ahead()
      return store.clearExpired(options)
    },
    create: (record) => written(record, store.create),
    replace: (record, version) => written(record, (translated) => store.replace(translated, version)),
    touch: async (id, expiresAt, version) => store.touch(id, expiresAt + (await clock.ahead()), version),
    async listByUser(userId) {
      const by = await clock.ahead()
      return (await store.listByUser(userId)).map((record) => moved(record, -by))
    },
  }
}

function moved(record: SessionRecord, by: number): SessionRecord {
  return by === 0 ? record : { ...record, expiresAt: record.expiresAt + by }
}
