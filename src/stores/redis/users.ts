import { instantOf } from "../record-text.ts"
import { headOf, isSomebody, type Keys, NOBODY } from "./layout.ts"
import type { RedisLink } from "./link.ts"
import type { Call, ScriptRunner } from "./run.ts"
import { ENLIST, LIST, UNLIST } from "./scripts.ts"

/** The index that finds sessions by their user. It heals itself when it is read. */
export interface Users {
  /**
   * Writes a session and, before it, its place in its owner's index, each by itself: whatever dies in between leaves at worst
   * a place that leads nowhere, never a live session that can't be found. Gives the reply of `call`.
   */
  writeListed(owner: string, id: string, expiresAt: number, call: Call): Promise<unknown>
  /** Takes a session out of the index of an owner whose it is no longer. */
  leave(owner: string, id: string): Promise<void>
  /** The ids in an owner's index, of which some may lead nowhere. */
  list(owner: string): Promise<readonly string[]>
  /** Takes out an id that was found to lead nowhere. */
  heal(owner: string, id: string): Promise<void>
}

export function usersIn(link: RedisLink, keys: Keys, { run, write, together }: ScriptRunner): Users {
  function enlist(owner: string, id: string, expiresAt: number): Call {
    return { script: ENLIST, keys: [keys.user(owner)], args: [id, `${instantOf(expiresAt)}`] }
  }

  /** Takes out what is not the owner's, in one step with the look at it or, where it lies apart, by `apart`. */
  async function unlist(owner: string, id: string, apart: () => Promise<void>): Promise<void> {
    if (!isSomebody(owner)) return
    const call: Call = { script: UNLIST, keys: [keys.user(owner), keys.session(id)], args: [id, owner] }
    // It only tidies up: what it would have done is done by the next listing, or by time.
    await together(call, apart, "run").catch(() => {})
  }

  /** There a session may come back to its owner between the look and the removal: then its place is given back. */
  async function leaveApart(owner: string, id: string): Promise<void> {
    const index = keys.user(owner)
    await link.send(index, [["ZREM", index, id]])
    const found = headOf(String((await link.get(keys.session(id))) ?? ""))
    if (found.owner === owner) await run(enlist(owner, id, found.expiresAt))
  }

  return {
    async writeListed(owner, id, expiresAt, call) {
      if (owner === NOBODY) return (await write(call))[0]
      const entry = enlist(owner, id, expiresAt)
      if (!link.isCluster) return (await write(entry, call))[1]
      await write(entry)
      return (await write(call))[0]
    },

    async leave(owner, id) {
      const leaving = unlist(owner, id, () => leaveApart(owner, id))
      // Where order is kept nobody has to wait for it.
      if (!link.keepsOrder) await leaving
    },

    async list(owner) {
      const [ids] = (await run({ script: LIST, keys: [keys.user(owner)], args: [] })) as [unknown[]]
      return ids.map(String)
    },

    // Where it lies apart a session may be about to be written: a place that leads nowhere is left to its deadline.
    heal: (owner, id) => unlist(owner, id, async () => {}),
  }
}
