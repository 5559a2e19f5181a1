import { SessionError } from "./errors.ts"
import { isPlainObject } from "./unstorable.ts"

/**
 * The data for a late handler: reading goes on, writing throws instead of being lost in silence. It is the same object each time that it
 * is asked for, and so is what lies in it.
 */
export function readOnly(value: unknown): unknown {
  // What a schema made, such as a date, works only as itself.
  if (!Array.isArray(value) && !isPlainObject(value)) return value
  const known = shown.get(value)
  if (known) return known
  const proxy = new Proxy(Object.isExtensible(value) ? value : copyOf(value), LATE)
  shown.set(value, proxy)
  return proxy
}

/** A proxy may not hand out proxies for what lies in a frozen object. */
function copyOf(value: object): object {
  return Array.isArray(value) ? [...value] : { ...value }
}

const shown = new WeakMap<object, object>()

const LATE: ProxyHandler<object> = {
  get(target, key) {
    const item: unknown = Reflect.get(target, key)
    const late = readOnly(item)
    return late === item || !isLocked(target, key) ? late : item
  },
  set: refuse,
  defineProperty: refuse,
  deleteProperty: refuse,
  setPrototypeOf: refuse,
  preventExtensions: refuse,
}

/** Whether a proxy has to hand out the property's value itself. */
function isLocked(target: object, key: PropertyKey): boolean {
  const own = Reflect.getOwnPropertyDescriptor(target, key)
  return own?.configurable === false && !own.writable
}

/**
 * Has data that a handler may have kept refuse what is written to it, and gives what to go on with in its place. It is frozen, so that
 * assignments throw in strict mode; but where NODE_ENV is "production", they throw in JavaScript's sloppy mode too, and only
 * deletions are ignored there. Data of more than a hundred keys is merely frozen, since it would cost as much as to parse it.
 */
export function shut(data: object): object {
  if (!IS_LOUD || !isPlainObject(data) || !Object.isExtensible(data)) return Object.freeze(data)
  const keys = Object.keys(data)
  if (keys.length > MANY) return Object.freeze(data)
  const copy = { ...data }
  Reflect.defineProperty(data, COPY, { value: copy })
  for (const key of keys) Reflect.defineProperty(data, key, accessorOf(key))
  Object.setPrototypeOf(data, REFUSING)
  Object.freeze(data)
  return copy
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

/** The accessor of a key: the same for all data, so that data of one shape stays of one shape. */
function accessorOf(key: string): PropertyDescriptor & ThisType<Shut> {
  const known = accessors.get(key)
  if (known) return known
  const accessor: PropertyDescriptor & ThisType<Shut> = {
    get() {
      return readOnly(this[COPY][key])
    },
    set: refuse,
  }
  if (accessors.size < MANY_KEYS) accessors.set(key, accessor)
  return accessor
}

interface Shut {
  readonly [COPY]: Record<string, unknown>
}
const COPY = Symbol("holdfast.data")
const accessors = new Map<string, PropertyDescriptor & ThisType<Shut>>()
const MANY_KEYS = 1000
const MANY = 100

/** Not in production: it costs a request half as much again as all else that it does to read data. */
const IS_LOUD = globalThis.process?.env?.NODE_ENV !== "production"

/** What takes the assignments to keys that an object does not have, and shows its values in a log. */
const REFUSING: object = new Proxy(
  Object.create(Object.prototype, {
    [Symbol.for("nodejs.util.inspect.custom")]: {
      value(this: object) {
        return { ...this }
      },
    },
  }),
  { set: refuse },
)
