import { SessionError } from "./errors.ts"
import { isPlainObject } from "./unstorable.ts"

/** The data for a late handler: reading goes on, writing throws instead of being lost in silence. */
export function readOnly(value: unknown): unknown {
  // What a schema made, such as a date, works only as itself.
  if (!Array.isArray(value) && !isPlainObject(value)) return value
  // A copy, since a proxy may not hand out proxies for what lies in a frozen object.
  const copy: object = Array.isArray(value) ? [...value] : { ...value }
  return new Proxy(copy, {
    get: (target, key) => readOnly(Reflect.get(target, key)),
    set: refuse,
    defineProperty: refuse,
    deleteProperty: refuse,
  })
}

/** The data in a handler's hands: the object itself, until it is shut. */
export interface Handle {
  readonly data: object
  /** From now on writing throws also to who has kept `data`, in whatever mode of JavaScript. */
  shut(): void
}

export function handleOf(data: object): Handle {
  if (!isPlainObject(data) || !Object.isExtensible(data))
    return { data, shut: () => void Object.freeze(data) }
  // Traps that are not there yet cost next to nothing, and no other object can be made to refuse a write or a deletion by throwing.
  const gate: ProxyHandler<object> = {}
  return { data: new Proxy(data, gate), shut: () => void Object.assign(gate, SHUT) }
}

/** What a change gets that comes when the response has begun. */
export function closed(): SessionError {
  return new SessionError(
    "ERR_SESSION_CLOSED",
    "The session was changed after the response had begun; change it earlier, or use await session.update()",
  )
}

function refuse(): never {
  throw closed()
}

const SHUT: ProxyHandler<object> = {
  get(target, key, receiver) {
    const value: unknown = Reflect.get(target, key, receiver)
    // What can't change has to be given as it is.
    const { configurable, writable } = Reflect.getOwnPropertyDescriptor(target, key) ?? {}
    return configurable === false && writable === false ? value : readOnly(value)
  },
  set: refuse,
  defineProperty: refuse,
  deleteProperty: refuse,
  setPrototypeOf: refuse,
}
