import { AsyncLocalStorage } from "node:async_hooks"
import { varyOnCookie } from "../core/headers.ts"
import type { Outcome } from "../index.ts"
import type { Gate, Gated, Method, Sending } from "./gate-type.ts"
import { layHead } from "./head.ts"
import { isOfTheAnswer, layHeaders } from "./headers.ts"

/**
 * Takes back the response that will not be sent, and has `fail` give another one, which carries `headers`. What the old
 * handler still writes goes nowhere, and middleware that came after ours is passed by: to it the response is sent.
 */
export function refuse(res: Gated, gate: Gate, error: unknown, headers: Outcome["headers"]): void {
  const isDone = gate.standIn?.hasEnded || res.destroyed
  gate.standIn?.reveal(res)
  gate.phase = "refused"
  for (const name of res.getHeaderNames()) if (isOfTheAnswer(name)) res.removeHeader(name)
  gate.writeHead = answering(gate.writeHead, headers)
  if (!("stream" in res)) {
    res.statusMessage = ""
    res.addTrailers({})
  }
  for (let corks = res.writableCorked; corks > 0; corks--) res.uncork()
  for (const name of OWN) if (gate[name]) Object.assign(res, { [name]: gate[name] })
  const tellAll = (): void => {
    for (const { args } of gate.calls.splice(0)) tell(args)
  }
  if (isDone) {
    tellAll()
    gate.fail(error)
    return
  }
  guard(res, gate)
  speakers.run({ gate, isHandler: true }, tellAll)
  speakers.run({ gate, isHandler: false }, () => gate.fail(error))
}

/**
 * The way to make the head of the answer in the response's place, which adds `headers` to it: then, since frameworks take off what
 * lies on a response when they answer an error.
 */
function answering(own: Method, headers: Outcome["headers"]): Method {
  return function (...args) {
    if (this.headersSent) return own.apply(this, args) // for Node to refuse
    return layHead(this, args, (rest) => {
      for (const [name, value] of headers)
        layHeaders(this, [[name, name === "vary" ? varyOnCookie(this.getHeader("vary")) : value]])
      return own.apply(this, rest)
    })
  }
}

/** Takes a call of whoever has not noticed. A source runs dry instead of waiting. */
export function discard(res: Gated, method: Sending, args: readonly unknown[]): unknown {
  tell(args)
  if (method === "write") return true
  return method === "flushHeaders" ? undefined : res
}

function tell(args: readonly unknown[]): void {
  const callback = args.at(-1)
  if (typeof callback === "function") process.nextTick(callback, new Error(TAKEN_BACK))
}

/**
 * Marks whatever goes on from here as the handler's, which has sent something and not ended. So it can be told apart from an error
 * handler that answers later.
 */
export function markHandler(res: Gated, gate: Gate): void {
  if (gate.standIn!.hasEnded || res.destroyed) return
  speakers.enterWith({ gate, isHandler: true })
  waiting++
  res.once("close", () => {
    // As long as one is in use, all promises are somewhat dearer on Node 22.
    if (--waiting === 0) speakers.disable()
  })
}

/** Lets nothing of the old handler through, which may be busy sending while somebody else answers. */
function guard(res: Gated, gate: Gate): void {
  let isHandlerDone = false
  const isHandlers = (name: Sending, [chunk]: readonly unknown[]): boolean => {
    const speaker = speakers.getStore()
    if (speaker?.gate === gate) return speaker.isHandler
    // Of what runs elsewhere, such as a queue or a source, a whole answer or the head of one is an error handler's.
    const isAnswer = name === "writeHead" || (name === "end" && Boolean(chunk) && typeof chunk !== "function")
    isHandlerDone ||= isAnswer
    return !isHandlerDone
  }
  for (const name of SENDING) {
    const own = gate[name]
    if (!own) continue
    const guarded: Method = function (...args) {
      if (!isHandlers(name, args)) return own.apply(this, args)
      if (name === "end") isHandlerDone = true
      return discard(this, name, args)
    }
    Object.assign(res, { [name]: guarded })
  }
  const isHandler = (): boolean => {
    const speaker = speakers.getStore()
    return speaker?.gate === gate && speaker.isHandler
  }
  for (const name of CHANGES) guardMethod(res, name, isHandler)
  if (!("stream" in res))
    for (const name of ["statusCode", "statusMessage"] as const) guardValue(res, name, isHandler)
}

function guardMethod(res: Gated, name: (typeof CHANGES)[number], isHandler: () => boolean): void {
  const own = res[name] as Method
  const guarded: Method = function (...args) {
    if (!isHandler()) return own.apply(this, args)
    if (name === "destroy" || name === "addTrailers") return this
    throw Object.assign(new Error(TAKEN_BACK), { code: "ERR_HTTP_HEADERS_SENT" })
  }
  Object.assign(res, { [name]: guarded })
}

function guardValue(res: Gated, name: "statusCode" | "statusMessage", isHandler: () => boolean): void {
  let value: unknown = res[name]
  const set = (wanted: unknown): void => {
    if (!isHandler()) value = wanted
  }
  Object.defineProperty(res, name, { get: () => value, set, configurable: true, enumerable: true })
}

/** Who goes on from where a response was refused: its handler, or who answers in its place. */
interface Speaker {
  readonly gate: Gate
  readonly isHandler: boolean
}
const speakers = new AsyncLocalStorage<Speaker>()
let waiting = 0

const SENDING = ["writeHead", "flushHeaders", "write", "end", "flush"] as const
const OWN = [...SENDING, "on", "addListener", "once"] as const
const CHANGES = ["setHeader", "appendHeader", "removeHeader", "addTrailers", "destroy"] as const
const TAKEN_BACK = "The response was taken back, since its session could not be stored"
