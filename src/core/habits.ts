import { placeOf, printable } from "./printable.ts"

/** What of a session the messages and `console.log` show. */
interface Printable {
  toJSON(): object
}

/**
 * Makes sessions answer, with a sentence, what other libraries have them do: their methods, callbacks, and data as properties of
 * the session itself, which would be dropped without a word. To be called once, for the prototype of all sessions.
 *
 * What a session has is found before any of this, at the price it had. The rest goes to a `Proxy` that is the prototype's own
 * prototype. It can't see `delete`, which asks the session alone.
 */
export function refuseHabits(prototype: object): void {
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    const set = (): never => refuseAssignment(name)
    const { value } = property
    const method =
      typeof value !== "function" || name === "constructor" ? value : withoutCallback(name, value)
    const get = method ? () => method : property.get!
    Object.defineProperty(prototype, name, { get, set, enumerable: false, configurable: true })
  }
  Object.defineProperty(prototype, INSPECT, { value: inspected, writable: true, configurable: true })
  Object.setPrototypeOf(prototype, new Proxy({}, STRANGERS))
}

/** For what a session does not have. */
const STRANGERS: ProxyHandler<object> = {
  get(target, key, session) {
    // Frameworks ask any object for names, to find out what it is: what is nobody's word is undefined, as of a plain object.
    const sentence = typeof key === "string" ? wordFor(key, READS) : undefined
    if (sentence === undefined) return Reflect.get(target, key, session)
    throw new TypeError(`session.${String(key)} is not there: ${sentence}`)
  },
  set(_target, key, value, session) {
    if (typeof key === "string") refuseAssignment(key)
    return Reflect.defineProperty(session, key, {
      value,
      writable: true,
      enumerable: false,
      configurable: true,
    })
  },
}

type Method = (this: unknown, one?: unknown, other?: unknown) => unknown

/** The method, which throws at once for a callback: an error that is awaited by nobody would leave the request hanging. */
function withoutCallback(name: string, method: Method): Method {
  const takesFunction = name === "update"
  return function (one, other) {
    if (typeof other === "function" || (typeof one === "function" && !takesFunction))
      throw new TypeError(
        `session.${name}() takes no callback: ${CALLS[name] ?? "write what follows after it"}`,
      )
    return method.call(this, one, other)
  }
}

function refuseAssignment(key: string): never {
  const sentence = wordFor(key, WRITES) ?? wordFor(key, READS) ?? inData(key)
  throw new TypeError(`session.${printable(key, 40)} is not for writing: ${sentence}`)
}

function wordFor(key: string, words: Readonly<Record<string, string>>): string | undefined {
  return Object.hasOwn(words, key) ? words[key] : undefined
}

function inData(key: string): string {
  return `what a session holds is in its data; write session.${placeOf([key])}`
}

function inspected(
  this: Printable,
  depth: number,
  options: object,
  inspect?: (value: unknown, options: object) => string,
): unknown {
  if (depth < 0) return "[Session]"
  return inspect ? `Session ${inspect(this.toJSON(), options)}` : this.toJSON()
}

/** Where `console.log` of Node and others looks for a value's own way to be shown. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom")

const SIGN_IN = "to sign somebody in, write session.login(userId)"
const EXPIRY =
  "write session.setExpiry(seconds), or createSessions({ idle: seconds }) for all sessions; the cookie's attributes are createSessions({ cookie })"
const MOVES = "each use moves the deadline; leave it out"
const OWN = (name: string): string =>
  `what a session holds are the keys of session.data; write session.data.${name}`

/** For names that sessions of other libraries have. */
const READS: Readonly<Record<string, string>> = {
  regenerate: `${SIGN_IN}; for a new secret, session.rotate()`,
  reload:
    "await session.load() has read it; to change what others change as well, write await session.update((data) => …)",
  touch: MOVES,
  resetMaxAge: MOVES,
  cookie: EXPIRY,
  maxAge: EXPIRY,
  options: EXPIRY,
  sessionOptions: EXPIRY,
  sessionID: "write session.id",
  sessionId: "write session.id",
  user: "who is signed in is session.userId; what else is known of the user is in session.data.user, if the application put it there",
  passport:
    "passport's own sessions do not go with these; sign in with session.login(userId) and read session.userId",
  get: OWN("name"),
  set: OWN("name = value"),
  put: OWN("name = value"),
  has: `${OWN("name")} !== undefined`,
  delete: "what a session holds are the keys of session.data; write delete session.data.name",
  unset: "what a session holds are the keys of session.data; write delete session.data.name",
  forget: "what a session holds are the keys of session.data; write delete session.data.name",
  clear: "to forget the session, write session.destroy()",
  flush: "to forget the session, write session.destroy()",
  deleteSession: "to forget the session, write session.destroy()",
  flash: "write session.data.flash, and delete it once it is shown",
  commit: "holdfast stores what changed with the response; to store it now, write await session.save()",
  populated: "write !session.isNew",
  isPopulated: "write !session.isNew",
  isChanged: "holdfast finds out what changed; leave it out",
}

/** For what a session has, and what would be assigned to it. */
const WRITES: Readonly<Record<string, string>> = {
  data: "change its keys, as in session.data.name = value or Object.assign(session.data, values)",
  userId: `${SIGN_IN}; to sign out, session.logout()`,
  id: "a session keeps its id",
  isNew: "it says whether the session is stored",
  expiry: "write session.setExpiry(seconds)",
  createdAt: "it says when the session began",
  signedInAt: SIGN_IN,
}

/** For callbacks. */
const CALLS: Readonly<Record<string, string>> = {
  save: "holdfast stores what changed with the response; to store it now, write await session.save()",
  destroy: "it is done with the response; write session.destroy(), and answer after it",
  logout: "it is done with the response; write session.logout(), and answer after it",
  load: "write await session.load()",
  login: "write session.login(userId), and answer after it",
  rotate: "it is done with the response; write session.rotate(), and answer after it",
  update: "write await session.update((data) => …)",
}
