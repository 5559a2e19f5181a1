import { isThenable, kindOf } from "./shown.ts"
import type { Store, UserIndex } from "./store.ts"

const METHODS: { readonly [Name in keyof Omit<Store, "limit">]: true } = {
  read: true,
  create: true,
  replace: true,
  touch: true,
  delete: true,
  clearExpired: true,
}

/** Throws a `TypeError` that says what to write, unless this is a store. Shows nothing of it: it may be a URL with a password. */
export function checkStore(what: string, store: unknown): asserts store is Store & Partial<UserIndex> {
  const missing = Object.keys(METHODS).filter((name) => !has(store, name))
  const isIndex =
    (store as Partial<UserIndex> | undefined)?.listByUser === undefined || has(store, "listByUser")
  if (missing.length === 0 && isIndex) return
  throw new TypeError(`${what} must be a store; it is ${kindOf(store)}${advice(store, missing)}`)
}

function advice(store: unknown, missing: readonly string[]): string {
  if (store === undefined)
    return ': write store: memoryStore(), sqliteStore("./sessions.db") or another, or seal: [secret] to keep sessions in the cookie'
  if (typeof store === "string") return ': write await storeFromUrl(url), from "holdfast/url"'
  if (store instanceof URL) return ': write await storeFromUrl(url.href), from "holdfast/url"'
  if (typeof store === "function") return `: call it, as in memoryStore() or sqliteStore("./sessions.db")`
  if (isThenable(store)) return ": write await in front of it"
  if (typeof store !== "object" || store === null || Array.isArray(store)) return ""
  if (store instanceof Map) return ': write memoryStore(), from "holdfast/memory"'
  if (has(store, "open") && has(store, "commit")) return ": it is sessions already; give them to an adapter"
  if (has(store, "get") && has(store, "set") && has(store, "destroy"))
    return ": it is a store of express-session; holdfast has its own, such as redisStore(client)"
  if (has(store, "sendCommand") || has(store, "pipeline"))
    return ': write redisStore(client), from "holdfast/redis"'
  if (has(store, "putItem")) return ': write dynamodbStore(client), from "holdfast/dynamodb"'
  if (has(store, "query") || has(store, "prepare") || has(store, "selectFrom"))
    return ': write sqlStore(database), from "holdfast/sql"'
  if (missing.length === 0) return " whose listByUser is no method"
  return ` without the methods ${missing.map((name) => `${name}()`).join(", ")}`
}

function has(target: unknown, name: string): boolean {
  return typeof (target as Record<string, unknown> | null | undefined)?.[name] === "function"
}
