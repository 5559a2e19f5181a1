import { SessionError } from "./errors.ts"
import type { Store, UserIndex } from "./store.ts"

/**
 * The store with every call bounded to `timeout` milliseconds and every failure wrapped, once, as `ERR_SESSION_STORE`.
 * The message names the call and not the backend's error, which may hold addresses: that is the `cause`.
 * `clearExpired` may take as long as it needs.
 */
export function guardStore(store: Store & Partial<UserIndex>, timeout: number): Store & Partial<UserIndex> {
  const { listByUser, deleteByUser } = store
  return {
    read: (id) => bounded("reading a session", timeout, () => store.read(id)),
    create: (record) => bounded("creating a session", timeout, () => store.create(record)),
    replace: (record, version) => bounded("saving a session", timeout, () => store.replace(record, version)),
    touch: (id, expiresAt) => bounded("touching a session", timeout, () => store.touch(id, expiresAt)),
    delete: (id) => bounded("deleting a session", timeout, () => store.delete(id)),
    clearExpired: (options) => wrapped("clearing expired sessions", () => store.clearExpired(options)),
    ...(listByUser && {
      listByUser: (userId) => bounded("listing sessions", timeout, () => listByUser(userId)),
    }),
    ...(deleteByUser && {
      deleteByUser: (userId, exceptId) =>
        bounded("deleting a user's sessions", timeout, () => deleteByUser(userId, exceptId)),
    }),
  }
}

async function bounded<T>(what: string, timeout: number, call: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeout} ms`)), timeout)
  })
  try {
    return await wrapped(what, () => Promise.race([call(), late]))
  } finally {
    clearTimeout(timer)
  }
}

async function wrapped<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    throw new SessionError("ERR_SESSION_STORE", `The session store failed while ${what}`, { cause })
  }
}
