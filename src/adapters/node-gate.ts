import type { ServerResponse } from "node:http"
import type { Http2ServerResponse } from "node:http2"
import type { Outcome, Session, Sessions } from "../index.ts"

/** A response of `node:http`, `node:https` or `node:http2`, or one that a framework built on it. */
export type NodeResponse = ServerResponse | Http2ServerResponse

/**
 * Holds a response back until its session is safe: the calls that send something are queued while the commit
 * runs, and then made. Commits that need no store pass through at once. When the commit fails, nothing of
 * the response has left: the queue is dropped and `fail` gets the error, to answer with another response.
 */
export function gate<Data extends object>(
  res: NodeResponse,
  sessions: Sessions<Data>,
  session: Session<Data>,
  fail: (error: unknown) => void,
): void {
  const gated = res as unknown as Gated
  const door = freeDoorOf(gated)
  gated[door.key] = {
    door,
    phase: "shut",
    commit: (facts) => sessions.commit(session, facts),
    fail,
    calls: [],
    hasEnded: false,
    owesDrain: false,
    listeners: [],
    writeHead: gated.writeHead,
    flushHeaders: gated.flushHeaders,
    write: gated.write,
    end: gated.end,
    on: gated.on,
    once: gated.once,
  }
  gated.writeHead = door.writeHead
  gated.flushHeaders = door.flushHeaders
  gated.write = door.write
  gated.end = door.end
}

/** The four methods that send, and what the gate needs besides. Typed loosely: it passes on what it gets. */
interface Gated extends Omit<ServerResponse, Sending | symbol> {
  [key: symbol]: Gate
  writeHead: Method
  flushHeaders: Method
  write: Method
  end: Method
}
type Sending = "writeHead" | "flushHeaders" | "write" | "end"
type Method = (this: Gated, ...args: unknown[]) => unknown

interface Gate extends Record<Sending, Method> {
  readonly door: Door
  /** Nothing sent yet; telling others that the head is next; commit under way; committed, so calls go through. */
  phase: "shut" | "announcing" | "settling" | "open"
  readonly commit: (facts: { status: number; vary: Header }) => Outcome | Promise<Outcome>
  readonly fail: (error: unknown) => void
  /** What the handler sent while the commit was under way. */
  calls: { method: Sending; args: unknown[] }[]
  /** The handler is done with the response. */
  hasEnded: boolean
  /** A `write` was answered with `false`, so its caller waits for `drain`. */
  owesDrain: boolean
  /** The `drain` listeners that came while the commit was under way. */
  listeners: { how: "on" | "once"; listener: () => void }[]
  on: Gated["on"]
  once: Gated["once"]
}
type Header = string | string[] | number | undefined

/** What is the same for every response with a gate: functions made for one request alone would cost it dear. */
interface Door extends Readonly<Record<Sending, Method>> {
  /** Where a response keeps its gate. */
  readonly key: symbol
  /** What stands before this prototype of a response while its commit runs. */
  shadowOf(prototype: object): object
}

/** A gate in front of another, as two session middlewares make it, takes the next door. */
const doors: Door[] = []

function freeDoorOf(res: Gated): Door {
  for (let depth = 0; ; depth++) {
    doors[depth] ??= newDoor()
    if (!(doors[depth]!.key in res)) return doors[depth]!
  }
}

function newDoor(): Door {
  const key = Symbol("holdfast.gate")
  const shadows = new WeakMap<object, object>()
  return {
    key,
    writeHead(this: Gated, ...args) {
      return writeHead(this, this[key]!, args)
    },
    flushHeaders(this: Gated) {
      return send(this, this[key]!, "flushHeaders", [])
    },
    write(this: Gated, ...args) {
      return send(this, this[key]!, "write", args)
    },
    end(this: Gated, ...args) {
      return send(this, this[key]!, "end", args)
    },
    shadowOf(prototype) {
      let shadow = shadows.get(prototype)
      if (!shadow) {
        shadow = newShadow(prototype, key)
        shadows.set(prototype, shadow)
      }
      return shadow
    },
  }
}

function writeHead(res: Gated, gate: Gate, args: unknown[]): unknown {
  if (gate.phase === "open") return gate.writeHead.apply(res, args)
  if (gate.phase === "announcing") return res
  if (gate.phase === "settling") {
    // Some middleware writes the implicit head itself as long as it sees none written.
    if (args.length === 1 && args[0] === res.statusCode) return res
    throw headersSent("write")
  }
  // From here on the head's parts lie on the response, where our cookie can be added to the handler's.
  const [status, reason, headers] = args as [number, unknown, unknown]
  res.statusCode = status
  if (typeof reason === "string") res.statusMessage = reason
  setHeaders(res, typeof reason === "string" ? headers : (headers ?? reason))
  return send(res, gate, "writeHead", typeof reason === "string" ? [status, reason] : [status])
}

/** Makes the call if the gate is open, else queues it; the first one begins the commit. */
function send(res: Gated, gate: Gate, method: Sending, args: unknown[]): unknown {
  if (gate.phase === "shut") {
    if (method !== "writeHead" && res.writeHead !== gate.door.writeHead) announce(res, gate)
    begin(res, gate)
  }
  if (gate.phase === "open") return gate[method].apply(res, args)
  gate.calls.push({ method, args })
  if (method === "end") gate.hasEnded = true
  if (method !== "write") return res
  gate.owesDrain = true
  return false
}

/**
 * Middleware that came after ours waits for `writeHead` to set headers and to choose a way to send. It must
 * do so before the commit, as it would have before the first byte.
 */
function announce(res: Gated, gate: Gate): void {
  gate.phase = "announcing"
  try {
    res.writeHead(res.statusCode)
  } finally {
    gate.phase = "shut"
  }
}

/** Commits, and opens the gate at once or when the store has answered. */
function begin(res: Gated, gate: Gate): void {
  const outcome = attempt(() => gate.commit({ status: res.statusCode, vary: res.getHeader("vary") }))
  if (!(outcome instanceof Promise)) {
    open(res, gate, outcome)
    return
  }
  gate.phase = "settling"
  const release = pretendSent(res, gate)
  outcome.then(
    (settled) => {
      const listeners = release()
      open(res, gate, settled)
      replay(res, gate, listeners)
    },
    (error: unknown) => {
      release()
      refuse(res, gate, error)
    },
  )
}

/** A failure comes later also when it is known at once: the handler is still busy sending. */
function attempt(commit: () => Outcome | Promise<Outcome>): Outcome | Promise<Outcome> {
  try {
    return commit()
  } catch (error) {
    return Promise.reject(error)
  }
}

function open(res: Gated, gate: Gate, outcome: Outcome): void {
  gate.phase = "open"
  for (const [name, value] of outcome.headers)
    if (name === "set-cookie") res.appendHeader(name, value)
    else res.setHeader(name, value)
}

/** Makes the queued calls, then wakes those who wait to write on. */
function replay(res: Gated, gate: Gate, listeners: readonly (() => void)[]): void {
  const { calls } = gate
  gate.calls = []
  for (const { method, args } of calls) {
    if (!res.destroyed) gate[method].apply(res, args)
    else {
      const callback = args.at(-1)
      if (typeof callback === "function") callback(new Error("The client is gone"))
    }
  }
  if (!gate.owesDrain || gate.hasEnded || res.writableNeedDrain) return
  res.emit("drain")
  for (const listener of listeners) listener.call(res)
}

/** Takes back what describes the response that will not be sent, and lets another one pass. */
function refuse(res: Gated, gate: Gate, error: unknown): void {
  gate.phase = "open"
  gate.calls = []
  res.on("error", () => {}) // the handler may write on, to a response that is no longer its own
  for (const name of res.getHeaderNames()) if (isOfTheAnswer(name)) res.removeHeader(name)
  gate.fail(error)
}

/** Whether a header speaks of the very answer that was to be sent, so that it may not go with another one. */
export function isOfTheAnswer(name: string): boolean {
  return OF_THE_ANSWER.test(name)
}

const OF_THE_ANSWER =
  /^(?:content-(?:type|length|encoding|language|location|range|disposition)|etag|last-modified|location|cache-control|expires|accept-ranges|set-cookie|transfer-encoding|trailer)$/

/**
 * While the commit runs, the response looks to everyone as it would without a gate: its head is sent. Gives
 * a function that ends this and answers with the `drain` listeners that came in meanwhile.
 */
function pretendSent(res: Gated, gate: Gate): () => (() => void)[] {
  // Changed by exchanging the prototype: to define and delete properties of its own slows the response down.
  const prototype: object = Object.getPrototypeOf(res)
  const own = SHADOWED.filter((name) => Object.hasOwn(res, name))
  const before = own.map((name) => [name, Object.getOwnPropertyDescriptor(res, name)!] as const)
  gate.on = res.on
  gate.once = res.once
  for (const name of own) delete (res as Partial<Gated>)[name]
  Object.setPrototypeOf(res, gate.door.shadowOf(prototype))
  const releaseSocket = holdSocket(res, gate)
  return () => {
    Object.setPrototypeOf(res, prototype)
    for (const [name, property] of before) Object.defineProperty(res, name, property)
    for (const { how, listener } of gate.listeners)
      if (how === "on" || !gate.owesDrain || gate.hasEnded) res[how]("drain", listener)
    releaseSocket()
    return gate.listeners.map(({ listener }) => listener)
  }
}

const SHADOWED = [
  "headersSent",
  "writableEnded",
  "setHeader",
  "appendHeader",
  "removeHeader",
  "on",
  "addListener",
  "once",
] as const

/** A prototype of responses whose head is sent, as it seems. */
function newShadow(prototype: object, key: symbol): object {
  const refuseHeader = (): never => {
    throw headersSent("set")
  }
  // Middleware that wraps the response may attach these elsewhere, where our own `drain` would not be heard.
  function on(this: Gated, event: string, listener: () => void): Gated {
    if (event !== "drain") return this[key]!.on.call(this, event, listener) as unknown as Gated
    this[key]!.listeners.push({ how: "on", listener })
    return this
  }
  function once(this: Gated, event: string, listener: () => void): Gated {
    if (event !== "drain") return this[key]!.once.call(this, event, listener) as unknown as Gated
    this[key]!.listeners.push({ how: "once", listener })
    return this
  }
  const method = (value: unknown): PropertyDescriptor => ({ value, configurable: true, writable: true })
  return Object.create(prototype, {
    headersSent: { get: () => true, configurable: true },
    writableEnded: {
      get(this: Gated) {
        return this[key]!.hasEnded
      },
      configurable: true,
    },
    setHeader: method(refuseHeader),
    appendHeader: method(refuseHeader),
    removeHeader: method(refuseHeader),
    on: method(on),
    addListener: method(on),
    once: method(once),
  })
}

/**
 * Express closes the connection when a handler throws after it has answered. The answer is still waiting
 * here, so that has to wait too; anything but a plain `destroy()` after the last byte goes through.
 */
function holdSocket(res: Gated, gate: Gate): () => void {
  const { socket } = res
  if (!socket || "stream" in res) return () => {}
  const destroy = socket.destroy
  let isDue = false
  const own = Object.hasOwn(socket, "destroy")
  socket.destroy = function (this: typeof socket, error?: Error) {
    if (error || !gate.hasEnded) return destroy.call(socket, error)
    isDue = true
    return this
  }
  return () => {
    if (own) socket.destroy = destroy
    else delete (socket as Partial<typeof socket>).destroy
    if (isDue) res.once("finish", () => socket.destroy())
  }
}

/** Puts the headers of a `writeHead` call on the response, in each of the shapes that Node takes. */
function setHeaders(res: Gated, headers: unknown): void {
  if (!headers) return
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) res.setHeader(name, value)
    return
  }
  const pairs: [string, string][] = Array.isArray(headers[0])
    ? headers
    : Array.from({ length: headers.length / 2 }, (_, n) => [headers[2 * n], headers[2 * n + 1]])
  for (const [name] of pairs) res.removeHeader(name)
  for (const [name, value] of pairs) res.appendHeader(name, value)
}

/** The error that Node itself throws for it. */
function headersSent(verb: string): Error {
  const error = new Error(`Cannot ${verb} headers after they are sent to the client`)
  return Object.assign(error, { code: "ERR_HTTP_HEADERS_SENT" })
}
