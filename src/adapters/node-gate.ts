import type { ServerResponse } from "node:http"
import type { Http2ServerResponse } from "node:http2"
import type { Socket } from "node:net"
import type { Outcome, Session, Sessions } from "../index.ts"
import { isOfTheAnswer } from "./response.ts"

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
  const commit: Commit = (facts) => sessions.commit(session, facts)
  const standing = gated[GATE] as Gate | undefined
  if (standing) {
    // Mounted twice, for two kinds of sessions say: one gate waits for both.
    standing.commit = together(standing.commit, commit)
    standing.fail = fail
    return
  }
  gated[GATE] = {
    phase: "shut",
    commit,
    fail,
    calls: [],
    hasEnded: false,
    owesDrain: false,
    mayClose: false,
    listening: undefined,
    writeHead: gated.writeHead,
    flushHeaders: gated.flushHeaders,
    write: gated.write,
    end: gated.end,
  }
  gated.writeHead = writeHead
  gated.flushHeaders = flushHeaders
  gated.write = write
  gated.end = end
}

/** The four methods that send, and what the gate needs besides. Typed loosely: it passes on what it gets. */
interface Gated extends Omit<ServerResponse, Sending> {
  [GATE]: Gate
  writeHead: Method
  flushHeaders: Method
  write: Method
  end: Method
}
type Sending = "writeHead" | "flushHeaders" | "write" | "end"
type Method = (this: Gated, ...args: unknown[]) => unknown

interface Gate extends Record<Sending, Method> {
  /** Nothing sent yet; telling others that the head is next; commit under way; committed, so calls go through. */
  phase: "shut" | "announcing" | "settling" | "open"
  commit: Commit
  fail: (error: unknown) => void
  /** What the handler sent while the commit was under way. */
  calls: { method: Sending; args: unknown[] }[]
  /** The handler is done with the response. */
  hasEnded: boolean
  /** A `write` was answered with `false`, so its caller waits for `drain`. */
  owesDrain: boolean
  /** Somebody wants the connection closed after this response. */
  mayClose: boolean
  /** The response's own ways to listen, and the listeners of `drain` that wait for the commit. */
  listening: { on: Listen; once: Listen; held: Held[] } | undefined
}
type Listen = (this: Gated, event: string, listener: () => void) => Gated
interface Held {
  readonly how: "on" | "once"
  readonly listener: () => void
}
type Commit = (facts: Facts) => Outcome | Promise<Outcome>
interface Facts {
  status: number
  vary: string | string[] | number | undefined
}

const GATE = Symbol("holdfast.gate")

function writeHead(this: Gated, ...args: unknown[]): unknown {
  const { phase } = this[GATE]
  if (phase === "open") return this[GATE].writeHead.apply(this, args)
  if (phase === "announcing") return this
  if (phase === "settling") {
    // Some middleware writes the implicit head itself as long as it sees none written.
    if (args.length === 1 && args[0] === this.statusCode) return this
    throw headersSent("write")
  }
  // From here on the head's parts lie on the response, where our cookie can be added to the handler's.
  const [status, reason, headers] = args as [number, unknown, unknown]
  this.statusCode = status
  if (typeof reason === "string") this.statusMessage = reason
  setHeaders(this, typeof reason === "string" ? headers : (headers ?? reason))
  return send(this, "writeHead", typeof reason === "string" ? [status, reason] : [status])
}

function flushHeaders(this: Gated): unknown {
  return send(this, "flushHeaders", [])
}

function write(this: Gated, ...args: unknown[]): unknown {
  return send(this, "write", args)
}

function end(this: Gated, ...args: unknown[]): unknown {
  return send(this, "end", args)
}

/** Makes the call if the gate is open, else queues it; the first one begins the commit. */
function send(res: Gated, method: Sending, args: unknown[]): unknown {
  const gate = res[GATE]
  if (gate.phase === "shut") {
    if (method !== "writeHead" && res.writeHead !== writeHead) announce(res, gate)
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
  const outcome = attempt(gate.commit, { status: res.statusCode, vary: res.getHeader("vary") })
  if (!(outcome instanceof Promise)) {
    open(res, gate, outcome)
    return
  }
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
function attempt(commit: Commit, facts: Facts): Outcome | Promise<Outcome> {
  try {
    return commit(facts)
  } catch (error) {
    return Promise.reject(error)
  }
}

/** Two commits as one, which gives the headers of both and fails with either. */
function together(one: Commit, other: Commit): Commit {
  const join = (first: Outcome, second: Outcome): Outcome => ({
    result: second.result,
    headers: [...first.headers, ...second.headers],
  })
  return (facts) => {
    const [first, second] = [attempt(one, facts), attempt(other, facts)]
    if (first instanceof Promise || second instanceof Promise)
      return Promise.all([first, second]).then((outcomes) => join(...outcomes))
    return join(first, second)
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

/**
 * While the commit runs, the response looks to everyone as it would without a gate: its head is sent. Gives
 * a function that ends this and answers with the `drain` listeners that came in meanwhile.
 *
 * What is put on the response for this stays there and lets through afterwards: a property that is deleted turns the object
 * into a hash table, slower for everyone who uses it from then on.
 */
function pretendSent(res: Gated, gate: Gate): () => (() => void)[] {
  const { statusCode } = res
  const properties = PRETENDED.map((name) => Object.getOwnPropertyDescriptor(res, name))
  const methods = HELD.map((name) => (Object.hasOwn(res, name) ? res[name] : undefined))
  const held: Held[] = []
  gate.phase = "settling"
  gate.listening = { on: res.on as unknown as Listen, once: res.once as unknown as Listen, held }
  for (const name of PRETENDED) Object.defineProperty(res, name, PRETENCE[name])
  Object.assign(res, METHODS)
  const releaseSocket = holdSocket(res, gate)
  return () => {
    gate.phase = "open"
    for (const [n, own] of properties.entries()) if (own) Object.defineProperty(res, PRETENDED[n]!, own)
    for (const [n, own] of methods.entries()) if (own) (res as Record<Changing, unknown>)[HELD[n]!] = own
    // Whoever changed it meanwhile was as late as with a head that is sent.
    res.statusCode = statusCode
    for (const { how, listener } of held)
      if (how === "on" || !gate.owesDrain || gate.hasEnded) res[how]("drain", listener)
    releaseSocket()
    return held.map(({ listener }) => listener)
  }
}

/** What of a response looks different while the commit runs. */
const PRETENCE = {
  headersSent: {
    get(this: Gated) {
      return this[GATE].phase === "settling" || inherited(this, "headersSent")
    },
    configurable: true,
  },
  writableEnded: {
    get(this: Gated) {
      return this[GATE].phase === "settling" ? this[GATE].hasEnded : inherited(this, "writableEnded")
    },
    configurable: true,
  },
} satisfies PropertyDescriptorMap
const PRETENDED = ["headersSent", "writableEnded"] as const

/** What is called on it that has to wait or is too late, by assignment, which costs a fraction of what defining does. */
const METHODS = {
  setHeader: refusing("setHeader"),
  appendHeader: refusing("appendHeader"),
  removeHeader: refusing("removeHeader"),
  on: holding("on"),
  addListener: holding("on"),
  once: holding("once"),
}
type Changing = keyof typeof METHODS
const HELD = Object.keys(METHODS) as Changing[]

/** The way to change a header, which is too late while the commit runs. */
function refusing(name: "setHeader" | "appendHeader" | "removeHeader"): Method {
  return function (...args) {
    if (this[GATE].phase === "settling") throw headersSent("set")
    return (inherited(this, name) as Method).apply(this, args)
  }
}

/** The way to listen. Middleware that wraps it may attach `drain` listeners where our own `drain` would not be heard. */
function holding(how: "on" | "once"): Listen {
  return function (event, listener) {
    const { phase, listening } = this[GATE]
    if (event !== "drain" || phase !== "settling") return listening![how].call(this, event, listener)
    listening!.held.push({ how, listener })
    return this
  }
}

/** What the response would have without its own property of this name. Asked anew, since Express changes prototypes. */
function inherited(res: Gated, name: string): unknown {
  return Reflect.get(Object.getPrototypeOf(res), name, res)
}

/**
 * Express closes the connection when a handler throws after it has answered. The answer is still waiting
 * here, so that has to wait too; anything but a plain `destroy()` after the last byte goes through.
 */
function holdSocket(res: Gated, gate: Gate): () => void {
  const socket = res.socket as Connection | null
  if (!socket || "stream" in res) return () => {}
  if (!(WAITING in socket)) watchOver(socket)
  socket[WAITING] = gate
  return () => {
    socket[WAITING] = undefined
    if (gate.mayClose) res.once("finish", () => socket.destroy())
  }
}

/** A connection that has had a response waiting on it, and the one that does. */
interface Connection extends Socket {
  [WAITING]: Gate | undefined
}

const WAITING = Symbol("holdfast.waiting")

/** Once for each connection, which lives on: what is put on it for each response anew outlives many collections of garbage. */
function watchOver(socket: Connection): void {
  const { destroy } = socket
  socket.destroy = function (this: Connection, error?: Error) {
    const gate = this[WAITING]
    if (error || !gate?.hasEnded) return destroy.call(this, error)
    gate.mayClose = true
    return this
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
