import type { Draft, Engine, Kept, Work } from "./engine.ts"
import { SessionError } from "./errors.ts"
import { type JointWrite, jointWrite } from "./joint-write.ts"
import type { Found } from "./record.ts"
import type { Store } from "./store.ts"
import type { TokenScheme } from "./token.ts"
import { orNone, successorOf, trailRecord } from "./trail.ts"

/**
 * The engine that keeps records in a store, under the ids that the tokens lead to. `leavesTrail: false` is
 * for stores that are shared with software that knows no trails.
 */
export function storeEngine(
  store: Store,
  tokens: TokenScheme,
  { leavesTrail = true }: { readonly leavesTrail?: boolean } = {},
): Engine {
  /** The last write waiting on each id, so that writers of one process queue instead of overtaking each other. */
  const turns = new Map<string, Promise<Found | undefined>>()

  /**
   * Runs `step` after this process's earlier writes to the same session, from the newest state they left. Where the
   * store failed the write before, those that waited fail with it: behind a store that hangs, each would
   * otherwise wait out its time after all the others.
   */
  async function inTurn(
    found: Found,
    step: (latest: Found) => Promise<Found | undefined>,
  ): Promise<Found | undefined> {
    const { id } = found.record
    const earlier = turns.get(id)
    const turn = earlier
      ? earlier.then(
          (left) => step(left?.record.id === id ? left : found),
          (error: unknown) => {
            if ((error as Partial<SessionError> | undefined)?.code === "ERR_SESSION_STORE") throw error
            return step(found)
          },
        )
      : step(found)
    turns.set(id, turn)
    try {
      return await turn
    } finally {
      if (turns.get(id) === turn) turns.delete(id)
    }
  }

  /** Writes that wait for their turn, by the id of their session: whoever comes meanwhile joins them. */
  const waiting = new Map<string, JointWrite>()

  /** Records as they never lay in the store, so that what is written over them looks there first. */
  const behind = new WeakSet<Found>()

  /** Writes what the work makes of the session; together with others of this process that wait to write to it too. */
  function write(found: Found, work: Work): Promise<Found | undefined> {
    const { id } = found.record
    const open = waiting.get(id)
    if (open && !open.isFull) return open.join(work)
    if (!turns.has(id)) return inTurn(found, (latest) => swap(latest, work.draft))
    const joint = jointWrite(behind)
    const written = joint.join(work)
    waiting.set(id, joint)
    const close = (): void => {
      if (waiting.get(id) === joint) waiting.delete(id)
    }
    inTurn(found, (latest) => {
      close()
      return swap(latest, joint.draft)
    }).then(joint.settle, (error: unknown) => {
      close()
      joint.fail(error)
    })
    return written
  }

  /** The session under this id, if it still lives there. */
  function read(id: string): Promise<Found | undefined> {
    return store.read(id).then(orNone)
  }

  /** Writes over `latest`, redrafting after each conflict. `undefined` when the session is gone. */
  async function swap(latest: Found, draft: Work["draft"]): Promise<Found | undefined> {
    let current = latest
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const next = draft(current)
      if (!next) return current
      const record = { ...next, id: current.record.id }
      const version = behind.has(current) ? undefined : await store.replace(record, current.version)
      if (version !== undefined) return { record, version }
      await pause(attempt)
      const reread = await read(record.id)
      if (!reread) return undefined
      current = reread
    }
    throw conflict()
  }

  /** Creates a record under a new token, which in practice is free at the first try. */
  async function create(draft: Draft): Promise<{ token: string; found: Found }> {
    for (let attempt = 0; attempt < 3; attempt++) {
      const token = tokens.create()
      const record = { ...draft, id: tokens.idOf(token) }
      const version = await store.create(record)
      if (version !== undefined) return { token, found: { record, version } }
    }
    throw new SessionError("ERR_SESSION_CONFLICT", "No free session id was found in 3 tries")
  }

  /**
   * Creates the session under its new id, then retires the old record by a swap: so a write that lands on
   * the old one in between is carried over, and a crash leaves one session or two, never none.
   */
  async function rotate(work: Work, latest: Found): Promise<Kept> {
    let old = latest
    let { token, found } = await create(draftOf(work, old))
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const { id } = old.record
      if (!behind.has(old)) {
        const isRetired = leavesTrail
          ? (await store.replace(trailRecord(id, found.record.id), old.version)) !== undefined
          : await remove(old)
        if (isRetired) return { found, token }
      }
      await pause(attempt)
      const reread = await read(id)
      if (!reread) {
        if (work.isLogin) return { found, token }
        await store.delete(found.record.id)
        return { found: undefined, isGone: true }
      }
      old = reread
      const carried = { ...draftOf(work, old), id: found.record.id }
      const version = await store.replace(carried, found.version)
      if (version === undefined) throw conflict()
      found = { record: carried, version }
    }
    throw conflict()
  }

  /** Ends a record unless it was changed. Where the store does not drop it at once, clearExpired sweeps it. */
  async function remove({ record, version }: Found): Promise<boolean> {
    const dead = { ...record, userId: null, payload: "", expiresAt: 0 }
    return (await store.replace(dead, version)) !== undefined
  }

  /** Ends a session, also one that a parallel request has just given a new token. */
  async function end(first: Found): Promise<boolean> {
    let current = first
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const successor = successorOf(current.record)
      if (!successor && (await remove(current))) return true
      if (!successor) await pause(attempt)
      const reread = await store.read(successor ?? current.record.id)
      if (!reread) return false
      current = reread
    }
    throw conflict()
  }

  return {
    isShared: true,
    isWellFormed: tokens.isWellFormed,
    find: (token) => store.read(tokens.idOf(token)),

    async end(id) {
      const found = await store.read(id)
      return found !== undefined && end(found)
    },

    async keep(work) {
      const { plan, found } = work
      if (plan === "delete" || plan === "restart") {
        if (found)
          await inTurn(found, async (latest) => {
            await end(latest)
            return undefined
          })
        return plan === "delete" ? { found: undefined, token: "" } : create(draftOf(work, undefined))
      }
      if (plan === "create" || !found) return create(draftOf(work, undefined))
      if (plan === "replace") return keptOr(await write(found, work))
      if (plan === "touch")
        return keptOr((await store.touch(found.record.id, work.expiresAt)) ? found : undefined)
      let kept = keptOr(undefined)
      await inTurn(found, async (latest) => {
        kept = await rotate(work, latest)
        return kept.found
      })
      return kept
    },
  }
}

/** What is kept now; when nothing is, someone else ended the session. */
function keptOr(found: Found | undefined): Kept {
  return found ? { found } : { found, isGone: true }
}

function draftOf(work: Work, latest: Found | undefined): Draft {
  return work.draft(latest) ?? latest!.record
}

/** Waits a random moment that grows with each conflict, at most 64 ms; the first retry is immediate. */
function pause(attempt: number): Promise<void> {
  if (attempt === 0) return Promise.resolve()
  return new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(2 ** attempt, 64)))
}

function conflict(): SessionError {
  return new SessionError(
    "ERR_SESSION_CONFLICT",
    `Other writers overtook this request ${MAX_ATTEMPTS} times in a row`,
  )
}

const MAX_ATTEMPTS = 100
