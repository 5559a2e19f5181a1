import { type Codec, fitting } from "./codec.ts"
import { directoryOf } from "./directory.ts"
import type { Draft, Engine, Kept, Live, Work } from "./engine.ts"
import { SessionError } from "./errors.ts"
import { isOver } from "./expiry.ts"
import { type Settings, setAside } from "./options.ts"
import type { Found } from "./record.ts"
import { ifLive, MAX_ATTEMPTS, overtaken, pause, type RecordDraft, registerOf } from "./register.ts"
import type { Store } from "./store.ts"
import { takeTurns } from "./turns.ts"

/** The tokens of other software, each of which is the key of its record. */
export interface ForeignTokens {
  isWellFormed(value: string): boolean
  /** A new one that nobody can guess. */
  create(): string
}

/** A live session, and the record it was read from or written to. */
interface ForeignLive extends Live {
  readonly found: Found
  /** Others have changed the record further in the same write. */
  readonly isOvertaken: boolean
}

/**
 * The engine for stores that are shared with other software, where the token is the record's key. A new token takes a new
 * record: it is created, and the old one ends by a swap. So it can't keep what `tokenEngine` keeps: a request that sets out
 * with the old token is nobody's as soon as the new one is there, and a logout that meets a rotation may miss it.
 */
export function foreignEngine(store: Store, codec: Codec, settings: Settings, tokens: ForeignTokens): Engine {
  const register = registerOf(store)
  const turns = takeTurns(register)

  function liveIn(found: Found): ForeignLive | undefined {
    const { id, userId, payload, expiresAt } = found.record
    const contents = codec.decode(payload)
    if (!contents) return setAside(settings, "it is not in this version's format")
    if (isOver(contents, Date.now(), settings)) return undefined
    return { userId, ...contents, id, expiresAt, found, isOvertaken: false }
  }

  function recordOf({ userId, expiresAt, ...contents }: Draft, over?: string): RecordDraft {
    return { userId, expiresAt, payload: fitting(codec.encode(contents, over), settings.maxBytes) }
  }

  function end(found: Found, isWanted: (latest: Found) => boolean = () => true): Promise<boolean> {
    return turns.alone(found, (latest) => register.end(latest, DEAD, isWanted))
  }

  async function change(work: Work): Promise<Kept> {
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
  }

  /** Creates a record under a new token, which in practice is free at the first try. */
  async function create(draft: Draft, id: string, over?: string): Promise<Kept> {
    for (let wanted = id, attempt = 0; attempt < 3; wanted = tokens.create(), attempt++) {
      const record = { ...recordOf(draft, over), id: wanted }
      const version = await store.create(record)
      if (version !== undefined) return keptIn({ record, version }, draft, false, true)
    }
    throw new SessionError("ERR_SESSION_CONFLICT", "No free session id was found in 3 tries")
  }

  /**
   * Creates the session under its new token, then ends the old record by a swap: so a write that lands on
   * the old one in between is carried over, and a crash leaves one session or two, never none.
   */
  async function move(work: Work, latest: Found): Promise<Kept> {
    const draftFrom = (old: Found): Draft => work.draft(liveIn(old) ?? work.live!)
    let old = latest
    let kept = await create(draftFrom(old), work.id, old.record.payload)
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if ((await store.replace({ ...DEAD, id: old.record.id }, old.version)) !== undefined) return kept
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
      const draft = draftFrom(old)
      const carried = { ...recordOf(draft, old.record.payload), id: record.id }
      const next = await store.replace(carried, version)
      if (next === undefined) throw overtaken()
      kept = keptIn({ record: carried, version: next }, draft, false, true)
    }
    throw overtaken()
  }

  return {
    isShared: true,
    isWellFormed: tokens.isWellFormed,
    newId: tokens.create,
    isDue: () => false,
    directory: directoryOf({ store, register, marks: undefined, liveIn, end }),

    async find(token) {
      const found = ifLive(await store.read(token))
      const live = found && liveIn(found)
      return { live, endable: live, isQuiet: false, rank: 0 }
    },

    async keep(work) {
      const live = work.live as ForeignLive | undefined
      for (const each of work.ends) await end((each as ForeignLive).found)
      switch (work.write) {
        case "delete":
          return {}
        case "touch":
          return (await store.touch(live!.id, work.expiresAt)) ? { live, token: live!.id } : ENDED
        case "replace":
          return change(work)
        case "rotate":
        case "login":
          if (live) return turns.alone(live.found, (latest) => move(work, latest))
          return create(work.begin(true), work.id)
        case "create":
        case "restart":
          return create(work.begin(true), work.id)
      }
    },
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
