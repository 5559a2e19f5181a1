import type { Outcome, ResponseFacts, Session, Sessions } from "../index.ts"
import { commitAll, headersOfFailure, type Member } from "./commit.ts"
import { holdConnection } from "./connection.ts"
import { holdDrains } from "./drains.ts"
import { GATE, type Gate, type Gated, type Method, type NodeResponse, type Sending } from "./gate-type.ts"
import { layHead, rememberHead } from "./head.ts"
import { layHeaders } from "./headers.ts"
import { discard, markHandler, refuse } from "./refusal.ts"
import { standInFor } from "./stand-in.ts"

/** What a response waits for. */
export interface Waits<Data extends object> {
  readonly sessions: Sessions<Data>
  readonly session: Session<Data>
  /** Gets the error of a commit that failed, or of what was sent when it is sent at last, to answer with another response. */
  readonly fail: (error: unknown) => void
  /** What it throws before the commit is an error of the commit. */
  readonly check?: (() => void) | undefined
  /** What is known of the connection: see `connectionFacts`. */
  readonly connection?: ResponseFacts["connection"]
}

/**
 * Holds a response back until its session is safe. What the handler sends while the commit runs is checked by Node at
 * the call, and sent when the session is stored. Commits that need no store pass through at once. When the commit
 * fails, nothing of the response has left: it is as it was, and `fail` gets the error, to answer with another one.
 *
 * A response may have several gates, one for each session of the request; the last `fail` counts.
 */
export function gate<Data extends object>(res: NodeResponse, waits: Waits<Data>): void {
  if (!("getHeaderNames" in res)) return // what Engine.IO gives its middleware for a WebSocket, which sends no response
  const gated = res as unknown as Gated
  const member = waits as unknown as Member
  const standing = gated[GATE] as Gate | undefined
  if (standing?.members.some((other) => other.session === member.session)) {
    standing.fail = waits.fail
    return
  }
  // The response has begun, so that the session may be read and no more: what changes it throws.
  if (res.headersSent || (standing && standing.phase !== "shut"))
    return void waits.sessions.commit(waits.session)
  if (standing) {
    standing.members.push(member)
    standing.fail = waits.fail
    return
  }
  gated[GATE] = {
    phase: "shut",
    members: [member],
    fail: waits.fail,
    standIn: undefined,
    calls: [],
    owesDrain: false,
    isBusy: false,
    isAnnounced: false,
    closing: undefined,
    writeHead: gated.writeHead,
    flushHeaders: gated.flushHeaders,
    write: gated.write,
    end: gated.end,
    flush: gated.flush,
    on: gated.on as Method,
    addListener: gated.addListener as Method,
    once: gated.once as Method,
  }
  gated.writeHead = writeHead
  gated.flushHeaders = flushHeaders
  gated.write = write
  gated.end = end
  if (gated.flush) gated.flush = flush
}

function writeHead(this: Gated, ...args: unknown[]): unknown {
  const { phase } = this[GATE]
  if (phase === "announcing") return layHead(this, args, () => this)
  if (phase !== "shut") return send(this, "writeHead", args)
  // The head's parts lie on the response from here on, where our cookie can be added to the handler's.
  return layHead(this, args, (rest) => send(this, "writeHead", rest))
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

function flush(this: Gated, ...args: unknown[]): unknown {
  const gate = this[GATE]
  if (gate.phase === "waiting") return void gate.calls.push({ method: "flush", args })
  return gate.flush!.apply(this, args)
}

/** Makes the call if the gate is open, else keeps it; the first one begins the commit. */
function send(res: Gated, method: Sending, args: unknown[]): unknown {
  const gate = res[GATE]
  if (gate.phase === "open") return make(res, gate, method, args)
  if (gate.phase === "waiting") return keep(res, gate, method, args)
  if (gate.phase === "refused") return discard(res, method, args)
  if (method !== "writeHead" && res.writeHead !== writeHead && !gate.isAnnounced) announce(res, gate)
  return gate.phase === "shut" ? begin(res, gate, method, args) : send(res, method, args)
}

/**
 * Middleware that came after ours waits for `writeHead` to set headers and to choose a way to send. It must
 * do so before the commit, as it would have before the first byte.
 */
function announce(res: Gated, gate: Gate): void {
  gate.phase = "announcing"
  gate.isAnnounced = true
  try {
    res.writeHead(res.statusCode)
  } finally {
    if (gate.phase === "announcing") gate.phase = "shut"
  }
}

/** Commits, and makes the call at once or when the store has answered. A call that Node refuses stores nothing. */
function begin(res: Gated, gate: Gate, method: Sending, args: unknown[]): unknown {
  let kept: { returned: unknown } | { error: unknown } | undefined
  const ready = (): void => {
    kept ??= attempt(res, gate, method, args)
    if ("error" in kept) throw kept.error
  }
  let outcome: Outcome | Promise<Outcome>
  try {
    outcome = commitAll(gate.members, factsOf(res, ready))
  } catch (error) {
    // A failure comes later also when it is known at once: the handler is still busy sending.
    ready()
    outcome = Promise.reject(error)
  }
  if (outcome instanceof Promise) {
    outcome.catch(() => {}) // who waits for it is told below, unless the call is refused
    ready() // of sessions that somebody has wrapped, or of several
    wait(res, gate, outcome)
    return (kept as { returned: unknown }).returned
  }
  open(res, gate, outcome.headers)
  return make(res, gate, method, args)
}

/** Makes a call on the response itself. Who was told of the head already is not told again when Node makes it. */
function make(res: Gated, gate: Gate, method: Sending, args: unknown[]): unknown {
  if (!gate.isAnnounced || res.headersSent) return gate[method]!.apply(res, args)
  const told = res.writeHead
  res.writeHead = gate.writeHead
  try {
    return gate[method]!.apply(res, args)
  } finally {
    res.writeHead = told
  }
}

function attempt(
  res: Gated,
  gate: Gate,
  method: Sending,
  args: unknown[],
): { returned: unknown } | { error: unknown } {
  try {
    gate.standIn ??= standInFor(res)
    return { returned: keep(res, gate, method, args) }
  } catch (error) {
    return { error }
  }
}

function factsOf(res: Gated, ready?: () => void): ResponseFacts {
  return {
    ready,
    status: res.statusCode,
    vary: res.getHeader("vary"),
    cacheControl: res.getHeader("cache-control"),
  }
}

/** Has Node judge the call, and keeps it. Gives what Node gives. */
function keep(res: Gated, gate: Gate, method: Sending, args: unknown[]): unknown {
  const standIn = gate.standIn!
  if (standIn.isTooLate(method, args)) return standIn.take(res, method, args)
  const returned = standIn.take(res, method, args.filter(isNoCallback))
  gate.calls.push({ method, args })
  if (method !== "write") return res
  if (returned === false) gate.owesDrain = true
  return returned
}

/** Callbacks are for the call that is made in the end. */
function isNoCallback(argument: unknown): boolean {
  return typeof argument !== "function"
}

function wait(res: Gated, gate: Gate, outcome: Promise<Outcome>): void {
  gate.phase = "waiting"
  const undo = rememberHead(res)
  const releaseDrains = gate.standIn!.hasEnded ? NOBODY_WAITS : holdDrains(res, gate)
  const releaseConnection = holdConnection(res, gate)
  const settled = outcome.then(
    ({ headers }) => release(headers),
    async (error: unknown) => release(await headersOfFailure(gate.members, factsOf(res)), { error }),
  )
  markHandler(res, gate) // after the listeners above, which are not the handler's
  settled.catch((error: unknown) => {
    // Nobody else is left to be told.
    console.error(error)
    releaseConnection()
    res.destroy()
  })

  /** Sends what was kept, or an error's answer. */
  function release(headers: Outcome["headers"], failure?: { error: unknown }): void {
    const wake = releaseDrains()
    const close = releaseConnection()
    undo() // whoever changed it meanwhile was as late as with a head that is sent
    const failed = failure ?? replay(res, gate, headers)
    if (failed) refuse(res, gate, failed.error, headers)
    wake()
    close()
    gate.standIn = undefined // and with it what was written
  }
}

const NOBODY_WAITS = () => () => {}

/** Lets all calls through from here on, with the outcome's headers on the response. */
function open(res: Gated, gate: Gate, headers: Outcome["headers"]): void {
  gate.standIn?.reveal(res)
  gate.phase = "open"
  layHeaders(res, headers)
}

/** Makes the calls that were kept. Gives what was thrown while another answer can still be given. */
function replay(res: Gated, gate: Gate, headers: Outcome["headers"]): { error: unknown } | undefined {
  try {
    open(res, gate, headers)
    for (const { method, args } of gate.calls.splice(0)) {
      const returned = make(res, gate, method, args)
      if (method === "write") gate.isBusy = returned === false
    }
    return undefined
  } catch (error) {
    if (res.headersSent) throw error
    return { error }
  }
}
