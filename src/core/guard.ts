import { SessionError } from "./errors.ts"
import { isRecordTooLarge, type Renames, type Store, type UserIndex } from "./store.ts"

/**
 * The store with every call bounded to `timeout` milliseconds and every failure wrapped, once, as `ERR_SESSION_STORE`.
 * The message names the call and not the backend's error, which may hold addresses: that is the `cause`. A record too large for the
 * store is `ERR_SESSION_DATA`. A `SessionError` passes as it is.
 * `clearExpired` may take as long as it needs.
 */
export function guardStore(store: AnyStore, timeout: number): AnyStore {
  const { listByUser, rename } = store
  const bounded = bound(timeout)
  store.limit?.(timeout)
  return {
    read: (id, options) => bounded("reading a session", () => store.read(id, options)),
    create: (record) => bounded("creating a session", () => store.create(record)),
    replace: (record, version) => bounded("saving a session", () => store.replace(record, version)),
    touch: (id, expiresAt, version) =>
      bounded("touching a session", () => store.touch(id, expiresAt, version)),
    delete: (id) => bounded("deleting a session", () => store.delete(id)),
    async clearExpired(options) {
      try {
        return await store.clearExpired(options)
      } catch (cause) {
        throw failure("clearing expired sessions", cause)
      }
    },
    ...(listByUser && { listByUser: (userId) => bounded("listing sessions", () => listByUser(userId)) }),
    ...(rename && {
      rename: (id, record, version) => bounded("renaming a session", () => rename(id, record, version)),
    }),
  }
}

type AnyStore = Store & Partial<UserIndex> & Partial<Renames>

/** A call that the store has not answered yet. */
interface Call {
  readonly what: string
  /** In how many ticks of the timer its time is over. */
  left: number
  readonly reject: (error: SessionError) => void
}

/**
 * Bounds calls to `timeout` and at most a tick more, all by one timer: one for each, or a look at the clock, would
 * cost more than what it guards. It runs for a short time only, again and again while there are calls, since a
 * process can't end before it.
 */
function bound(timeout: number): <T>(what: string, call: () => Promise<T>) => Promise<T> {
  const tick = Math.min(timeout, TICK)
  const calls: (Call | undefined)[] = []
  /** Places in `calls` that are free. */
  const free: number[] = []
  let isWatched = false

  function watch(): void {
    isWatched = free.length < calls.length
    if (!isWatched) return
    setTimeout(watch, tick)
    for (const [place, call] of calls.entries()) {
      if (!call || --call.left > 0) continue
      leave(place, call)
      call.reject(failure(call.what, timeoutError(timeout)))
    }
  }

  function leave(place: number, call: Call): void {
    if (calls[place] !== call) return
    calls[place] = undefined
    free.push(place)
  }

  return (what, call) =>
    new Promise((resolve, reject) => {
      // The tick under way counts for nothing: most of it may be over.
      const open: Call = { what, left: Math.ceil(timeout / tick) + 1, reject }
      const place = free.pop() ?? calls.length
      calls[place] = open
      if (!isWatched) setTimeout(watch, tick)
      isWatched = true
      const fail = (cause: unknown): void => {
        leave(place, open)
        reject(failure(what, cause))
      }
      try {
        call().then((answer) => {
          leave(place, open)
          resolve(answer)
        }, fail)
      } catch (cause) {
        fail(cause)
      }
    })
}

/** How long the timer runs at the most, in milliseconds. */
const TICK = 100

function failure(what: string, cause: unknown): SessionError {
  if (cause instanceof SessionError) return cause
  if (isRecordTooLarge(cause))
    return new SessionError("ERR_SESSION_DATA", `The session is too large for its store: ${cause.message}`, {
      cause,
    })
  return new SessionError("ERR_SESSION_STORE", `The session store failed while ${what}`, { cause })
}

/** Named as the platform names its own. */
function timeoutError(timeout: number): Error {
  return Object.assign(new Error(`no answer within ${timeout} ms`), { name: "TimeoutError" })
}
