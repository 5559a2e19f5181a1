import type { Codec } from "./codec.ts"
import type { Draft, Kept, Live, Work } from "./engine.ts"
import { SessionError } from "./errors.ts"
import { isInstant, isOver } from "./expiry.ts"
import { type Settings, setAside } from "./options.ts"
import { type Found, isRecord } from "./record.ts"
import { MAX_ATTEMPTS, overtaken, pause, type RecordDraft, type Register } from "./register.ts"
import type { Store } from "./store.ts"
import { takeTurns } from "./turns.ts"

/** A live session, and the record it was read from or written to. */
export interface ForeignLive extends Live {
  readonly found: Found
  /** Others have changed the record further in the same write. */
  readonly isOvertaken: boolean
}

/** What is done to records whose keys are their tokens. */
export interface ForeignRecords {
  /** The live session in a record; `undefined` when it is over or damaged. */
  liveIn(found: Found): ForeignLive | undefined
  create(token: string, draft: Draft, over?: string): Promise<Kept>
  change(work: Work): Promise<Kept>
  /** Goes on under a new token. */
  move(work: Work): Promise<Kept>
  end(found: Found, isWanted?: (latest: Found) => boolean): Promise<boolean>
}

export function foreignRecords(
  store: Store,
  register: Register,
  codec: Codec,
  settings: Settings,
  newToken: () => string,
): ForeignRecords {
  const turns = takeTurns(register)

  function liveIn(found: Found): ForeignLive | undefined {
    const { id, userId, payload, expiresAt } = found.record
    const now = Date.now()
    if (expiresAt <= now) return undefined
    const contents = isRecord(found.record) ? codec.decode(payload) : undefined
    if (!contents || !isInstant(contents.createdAt))
      return setAside(settings, "it is not in this version's format")
    if (isOver(contents, now, settings)) return undefined
    return { userId, ...contents, id, expiresAt, found, isOvertaken: false }
  }

  function recordOf({ userId, expiresAt, ...contents }: Draft, over?: string): RecordDraft {
    return { userId, expiresAt, payload: codec.encode(contents, over) }
  }

  async function create(token: string, draft: Draft, over?: string): Promise<Kept> {
    for (let wanted = token, attempt = 0; attempt < 3; wanted = newToken(), attempt++) {
      const record = { ...recordOf(draft, over), id: wanted }
      const found = await register.create(record)
      if (found) return keptIn(found, draft, false, true)
    }
    throw new SessionError("ERR_SESSION_CONFLICT", "No free session id was found in 3 tries")
  }

  /**
   * Creates the session under its new token, then ends the old record by a swap: so a write that lands on
   * the old one in between is carried over, and a crash leaves one session or two, never none.
   */
  async function moveFrom(first: Found, work: Work): Promise<Kept> {
    const draftOf = (found: Found): Draft => work.draft(liveIn(found) ?? work.live!)
    let old = first
    let kept = await create(work.newId(), draftOf(old), old.record.payload)
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const { version: carried } = old
      if (await register.end(old, DEAD, (latest) => latest.version === carried)) return kept
      await pause(attempt)
      const { record, version } = (kept.live as ForeignLive).found
      const reread = await register.read(old.record.id)
      if (!reread) {
        // A login holds also when the session from before was ended meanwhile.
        if (work.write === "login") return kept
        await store.delete(record.id)
        return ENDED
      }
      old = reread
      const draft = draftOf(old)
      const newer = { ...recordOf(draft, old.record.payload), id: record.id }
      const next = await store.replace(newer, version)
      if (next === undefined) throw overtaken()
      kept = keptIn({ record: newer, version: next }, draft, false, true)
    }
    throw overtaken()
  }

  return {
    liveIn,
    create,
    async change(work) {
      const live = work.live as ForeignLive
      let draft: Draft | undefined
      const { found, isOvertaken } = await turns.write(live.found, {
        size: work.size,
        draft(latest) {
          const known = latest === live.found && !live.isOvertaken ? live : liveIn(latest)
          draft = known && work.draft(known)
          return draft && recordOf(draft, latest.record.payload)
        },
      })
      return found && draft ? keptIn(found, draft, isOvertaken, false) : ENDED
    },
    move: (work) => turns.alone((work.live as ForeignLive).found, (latest) => moveFrom(latest, work)),
    end: (found, isWanted = () => true) =>
      turns.alone(found, (latest) => register.end(latest, DEAD, isWanted)),
  }
}

function keptIn(found: Found, draft: Draft, isOvertaken: boolean, isNewToken: boolean): Kept {
  const { id } = found.record
  const live: ForeignLive = { ...draft, id, found, isOvertaken }
  return { live, token: id, isNewToken }
}

/** What takes a record's place when it ends. */
const DEAD: RecordDraft = { userId: null, payload: "", expiresAt: 0 }
const ENDED: Kept = { isEnded: true }
