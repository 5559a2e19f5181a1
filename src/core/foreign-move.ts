import { isUnread } from "./codec.ts"
import type { Draft, Kept, Work } from "./engine.ts"
import { DEAD, type ForeignLive, keptIn } from "./foreign-live.ts"
import type { ForeignRecords } from "./foreign-records.ts"
import type { Found } from "./record.ts"
import { MAX_ATTEMPTS, overtaken, pause, type Register } from "./register.ts"
import type { Renames, Store } from "./store.ts"

/**
 * Goes on under a new token. A store that can renames the record. Elsewhere the session is created under its new token, and then the
 * old record ended by a swap: so a write that lands on the old one in between is carried over, and a crash leaves one session or two,
 * never none.
 */
export function moverOf(
  store: Store & Partial<Renames>,
  register: Register,
  records: ForeignRecords,
): (work: Work) => Promise<Kept> {
  const { look, recordOf, create } = records

  async function move(first: Found, work: Work): Promise<Kept> {
    let kept: Kept | undefined
    for (let latest = first, attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const seen = look(latest)
      if (isUnread(seen)) return giveUp(work, kept, { isEnded: true, unread: seen.unread })
      const draft = work.draft(seen ?? work.live!)
      if (store.rename) {
        const renamed = await rename(store.rename, latest, work.newId(), draft)
        if (renamed) return renamed
      } else {
        kept = kept
          ? await carryOver(kept, latest, draft)
          : await create(work.newId(), draft, latest.record.payload)
        const { version: carried } = latest
        if (await register.end(latest, DEAD, (now) => now.version === carried)) return kept
      }
      await pause(attempt)
      const reread = await register.read(latest.record.id)
      if (!reread) return giveUp(work, kept, { isEnded: true })
      latest = reread
    }
    throw overtaken()
  }

  async function rename(
    call: Renames["rename"],
    { record: { id: oldId, payload }, version }: Found,
    id: string,
    draft: Draft,
  ): Promise<Kept | undefined> {
    const record = { ...recordOf(draft, payload), id }
    const renamed = await register.written(record, () => call(oldId, record, version))
    return renamed && keptIn(renamed, draft, false, true)
  }

  /** Writes what the old record has come to over the new one. */
  async function carryOver(kept: Kept, { record: { payload } }: Found, draft: Draft): Promise<Kept> {
    const { record, version } = (kept.live as ForeignLive).found
    const carried = { ...recordOf(draft, payload), id: record.id }
    const next = await store.replace(carried, version)
    if (next === undefined) throw overtaken()
    return keptIn({ record: carried, version: next }, draft, false, true)
  }

  /** What becomes of a move whose old record is gone, or can't be read any more: a login holds all the same. */
  async function giveUp(work: Work, kept: Kept | undefined, ended: Kept): Promise<Kept> {
    if (work.write === "login") return kept ?? create(work.newId(), work.draft(work.live!))
    if (kept) await store.delete(kept.live!.id)
    return ended
  }

  return (work) => records.alone((work.live as ForeignLive).found, (latest) => move(latest, work))
}
