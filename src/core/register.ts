import { SessionError } from "./errors.ts"
import type { Found, SessionRecord, Version } from "./record.ts"
import type { Store } from "./store.ts"

/** A record that has no id yet. */
export type RecordDraft = Omit<SessionRecord, "id">

/** What a draft answers when it can't decide on what may be out of date. */
export const REREAD: unique symbol = Symbol("reread")

/**
 * What to write over the latest record; `undefined` when it is right as it is. Called again after each conflict.
 * `isFresh` says that the record was just read from the source; where it was not, `REREAD` has it read.
 */
export type Rewrite = (latest: Found, isFresh: boolean) => RecordDraft | typeof REREAD | undefined

/** A record that was written. */
export interface Swapped extends Found {
  /** What the store failed with, although the record lies there: no answer came, or it may be lost again. */
  readonly failure?: unknown
  /** Others have changed it further by then. */
  readonly isOvertaken?: boolean
}

/** Whether what lies `there` comes of a write of `mine` over what was there `before`, be it as it was written or changed further. */
export type Origin = (there: SessionRecord, mine: SessionRecord, before: SessionRecord) => boolean

/** A store, with what its compare-and-swap is used for. */
export interface Register {
  /** The live record, from the source. */
  read(id: string): Promise<Found | undefined>
  /** Writes a record that is not there yet; `undefined` when its id is taken. */
  create(record: SessionRecord): Promise<Swapped | undefined>
  /** Writes by `write`; where that fails the record is read, and if it lies there it was written all the same. */
  written(record: SessionRecord, write: () => Promise<Version | undefined>): Promise<Swapped | undefined>
  /**
   * Writes over the record, drafting anew whenever another writer was faster. The record by then;
   * `undefined` when it is gone. Where the write fails, `isMine` may know it also under what others have written since.
   */
  swap(first: Found, draft: Rewrite, isMine?: Origin): Promise<Swapped | undefined>
  /**
   * Puts `end` in a record's place, whatever others write meanwhile, while `isWanted`. `false` when
   * there is nothing to end.
   */
  end(first: Found, end: RecordDraft, isWanted: (latest: Found) => boolean): Promise<boolean>
}

export function registerOf(store: Store): Register {
  async function read(id: string): Promise<Found | undefined> {
    return ifLive(await store.read(id, FRESH))
  }

  /**
   * Writes, and where that fails looks whether it was done all the same: then the request fails, and its browser
   * must hear of a new secret.
   */
  async function written(
    record: SessionRecord,
    write: () => Promise<Version | undefined>,
    isMine = (_: SessionRecord): boolean => false,
  ): Promise<Swapped | undefined> {
    try {
      const version = await write()
      return version === undefined ? undefined : { record, version }
    } catch (error) {
      const there = isTimeout(error) ? undefined : await read(record.id).catch(() => undefined)
      if (there?.record.payload === record.payload) return { ...there, failure: error }
      if (there && isMine(there.record)) return { ...there, failure: error, isOvertaken: true }
      throw error
    }
  }

  return {
    read,
    written,
    create: (record) => written(record, () => store.create(record)),

    async swap(first, draft, isMine) {
      let latest = first
      let isFresh = false
      let conflicts = 0
      while (conflicts < MAX_ATTEMPTS) {
        const next = draft(latest, isFresh)
        if (next === undefined) return latest
        if (next !== REREAD) {
          const record = { ...next, id: latest.record.id }
          const { version, record: before } = latest
          const found = await written(
            record,
            () => store.replace(record, version),
            (there) => isMine?.(there, record, before) ?? false,
          )
          if (found) return found
          await pause(conflicts++)
        }
        const reread = await read(latest.record.id)
        if (!reread) return undefined
        latest = reread
        isFresh = true
      }
      throw overtaken()
    },

    async end(first, end, isWanted) {
      let latest: Found | undefined = first
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        if (!latest || !isWanted(latest)) return false
        const { id } = latest.record
        try {
          if ((await store.replace({ ...end, id }, latest.version)) !== undefined) return true
        } catch (error) {
          // A store that is full may refuse to write and still be able to forget.
          if (isTimeout(error)) throw error
          latest = await read(id)
          if (latest?.record.payload === end.payload) throw error
          return !latest || (isWanted(latest) && store.delete(id))
        }
        await pause(attempt)
        latest = await read(id)
      }
      throw overtaken()
    },
  }
}

/** What was found, unless it is over: a store may be late to notice. */
export function ifLive(found: Found | undefined): Found | undefined {
  return found && found.record.expiresAt > Date.now() ? found : undefined
}

/** Whether the store failed by not answering. */
export function isTimeout(error: unknown): boolean {
  const { cause } = Object(error) as { cause?: { name?: unknown } }
  return cause?.name === "TimeoutError"
}

/** Waits a random moment that grows with each conflict, at most 64 ms; the first retry is immediate. */
export function pause(attempt: number): Promise<void> {
  if (attempt === 0) return Promise.resolve()
  return new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(2 ** attempt, 64)))
}

export function overtaken(): SessionError {
  return new SessionError(
    "ERR_SESSION_CONFLICT",
    `Other writers overtook this request ${MAX_ATTEMPTS} times in a row`,
  )
}

export const FRESH = { fresh: true } as const
export const MAX_ATTEMPTS = 100
