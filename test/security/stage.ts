import { createSessions, type Session, type Sessions, type Store, type UserIndex } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"

export type Data = Record<string, unknown>
export type MemoryStore = Store & UserIndex
export type StoreMethod = Exclude<keyof MemoryStore, "clearExpired">

/** The store with every call going through `around`, which makes the call when and if it likes. */
export function surround(
  store: MemoryStore,
  around: (method: StoreMethod, call: () => Promise<unknown>, args: readonly unknown[]) => Promise<unknown>,
): MemoryStore {
  const methods = ["read", "create", "replace", "touch", "delete", "listByUser"] as const
  const surrounded = methods.map((method) => {
    const original = store[method] as (...args: unknown[]) => Promise<unknown>
    return [method, (...args: unknown[]) => around(method, () => original(...args), args)] as const
  })
  return { ...store, ...Object.fromEntries(surrounded) }
}

/** The cookie that a response hands out: `undefined` without one, `""` when it clears it. */
export function cookieIn(headers: readonly (readonly [string, string])[]): string | undefined {
  const line = headers.find(([name]) => name === "set-cookie")?.[1]
  return line === undefined ? undefined : line.startsWith("__Host-session=;") ? "" : line.split(";")[0]!
}

/** A request from the cookie to the commit. */
export async function request(
  sessions: Sessions<Data>,
  cookie: string | undefined,
  work: (session: Session<Data>) => unknown,
  status = 200,
): Promise<{ result: string; cookie: string | undefined; headers: readonly (readonly [string, string])[] }> {
  const session = await sessions.open(cookie ? { cookie } : {}).load()
  await work(session)
  const { result, headers } = await sessions.commit(session, { status })
  return { result, cookie: cookieIn(headers), headers }
}

/** Sessions over a memory store, and a session in it. */
export async function begun(
  data: Data = { n: 1 },
  userId?: string,
): Promise<{ store: MemoryStore; sessions: Sessions<Data>; cookie: string }> {
  const store = memoryStore()
  const sessions = createSessions<Data>({ store })
  const { cookie } = await request(sessions, undefined, (session) => {
    Object.assign(session.data, data)
    if (userId !== undefined) session.login(userId)
  })
  return { store, sessions, cookie: cookie! }
}

/** A promise and the way to settle it. */
export function latch(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}
