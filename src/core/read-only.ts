import { SessionError } from "./errors.ts"
import { isPlainObject } from "./unstorable.ts"

/** The data for a late handler: reading goes on, writing throws instead of being lost in silence. */
export function readOnly(value: unknown): unknown {
  // What a schema made, such as a date, works only as itself.
  if (!Array.isArray(value) && !isPlainObject(value)) return value
  // A copy, since a proxy may not hand out proxies for what lies in a frozen object.
  const copy: object = Array.isArray(value) ? [...value] : { ...value }
  const refuse = (): never => {
    throw closed()
  }
  return new Proxy(copy, {
    get: (target, key) => readOnly(Reflect.get(target, key)),
    set: refuse,
    defineProperty: refuse,
    deleteProperty: refuse,
  })
}

/** What a change gets that comes when the response has begun. */
export function closed(): SessionError {
  return new SessionError(
    "ERR_SESSION_CLOSED",
    "The session was changed after the response had begun; change it earlier, or use await session.update()",
  )
}
