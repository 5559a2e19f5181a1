import { type Codec, isUnread, type Unread } from "./codec.ts"
import type { Draft, Kept, Work } from "./engine.ts"
import { SessionError } from "./errors.ts"
import { isInstant, isOver } from "./expiry.ts"
import { DEAD, type ForeignLive, keptIn } from "./foreign-live.ts"
import { type Settings, setAside } from "./options.ts"
import { type Found, isRecord } from "./record.ts"
import type { RecordDraft, Register } from "./register.ts"
import { takeTurns } from "./turns.ts"
import { warnOfUnread } from "./warnings.ts"

/** What is done to records whose keys are their tokens. */
export interface ForeignRecords {
  /** The live session in a record, or why it can't be read; `undefined` when it is over or damaged. */
  look(found: Found): ForeignLive | Unread | undefined
  /** The record of a draft; `over` is the payload that it takes the place of. */
  recordOf(draft: Draft, over?: string): RecordDraft
  create(token: string, draft: Draft, over?: string): Promise<Kept>
  change(work: Work): Promise<Kept>
  end(found: Found, isWanted?: (latest: Found) => boolean): Promise<boolean>
  /** Runs `step` alone among the writers of this process, from the newest record that they left. */
  alone<Result>(found: Found, step: (latest: Found) => Promise<Result>): Promise<Result>
}

export function foreignRecords(
  register: Register,
  codec: Codec,
  settings: Settings,
  newToken: () => string,
): ForeignRecords {
  const turns = takeTurns(register)

  const records: ForeignRecords = {
    look(found) {
      const { id, userId, payload, expiresAt } = found.record
      const now = Date.now()
      if (expiresAt <= now) return undefined
      const contents = isRecord(found.record) ? codec.decode(payload) : undefined
      if (isUnread(contents)) {
        warnOfUnread(settings, contents.unread)
        return contents
      }
      if (!contents || !isInstant(contents.createdAt))
        return setAside(settings, "it is not in this version's format")
      if (isOver(contents, now, settings)) return undefined
      return { userId, ...contents, id, expiresAt, found, isOvertaken: false }
    },

    recordOf: ({ userId, expiresAt, ...contents }, over) => ({
      userId,
      expiresAt,
      payload: codec.encode(contents, over),
    }),

    async create(token, draft, over) {
      for (let wanted = token, attempt = 0; attempt < 3; wanted = newToken(), attempt++) {
        const found = await register.create({ ...records.recordOf(draft, over), id: wanted })
        if (found) return keptIn(found, draft, false, true)
      }
      throw new SessionError("ERR_SESSION_CONFLICT", "No free session id was found in 3 tries")
    },

    async change(work) {
      const live = work.live as ForeignLive
      let draft: Draft | undefined
      let unread: string | undefined
      const { found, isOvertaken } = await turns.write(live.found, {
        size: work.size,
        draft(latest) {
          const seen = latest === live.found && !live.isOvertaken ? live : records.look(latest)
          unread = isUnread(seen) ? seen.unread : undefined
          draft = isUnread(seen) || !seen ? undefined : work.draft(seen)
          return draft && records.recordOf(draft, latest.record.payload)
        },
      })
      return found && draft ? keptIn(found, draft, isOvertaken, false) : { isEnded: true, unread }
    },

    end: (found, isWanted = () => true) =>
      turns.alone(found, (latest) => register.end(latest, DEAD, isWanted)),

    alone: turns.alone,
  }
  return records
}
