import { AsyncLocalStorage } from "node:async_hooks"
import type { Outcome } from "../index.ts"
import type { Gate, Gated, Method, Sending } from "./gate-type.ts"
import { isOfTheAnswer, layHeaders } from "./headers.ts"

/**
 * Takes back the response that will not be sent, and has `fail` give another one, which carries `headers`. What the old
 * handler still writes goes nowhere, and middleware that came after ours is passed by: to it the response is sent.
 */
export function refuse(res: Gated, gate: Gate, error: unknown, headers: Outcome["headers"]): void {
  gate.standIn?.reveal(res)
  gate.phase = "refused"
  for (const name of res.getHeaderNames()) if (isOfTheAnswer(name)) res.removeHeader(name)
  layHeaders(res, headers)
  if (!("stream" in res)) {
    res.statusMessage = ""
    res.addTrailers({})
  }
  for (const { args } of gate.calls.splice(0)) tell(args)
  const isDone = gate.standIn?.hasEnded || res.destroyed
  for (const name of OWN) if (gate[name]) Object.assign(res, { [name]: gate[name] })
  if (isDone) gate.fail(error)
  else failApart(res, gate, error)
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

/** Has `fail` answer while the old handler may still be busy sending: they are told apart by where they come from. */
function failApart(res: Gated, gate: Gate, error: unknown): void {
  const isOurs = (): boolean => failing.getStore() === gate
  for (const name of SENDING) {
    const own = gate[name]
    if (!own) continue
    const guarded: Method = function (...args) {
      return isOurs() ? own.apply(this, args) : discard(this, name, args)
    }
    Object.assign(res, { [name]: guarded })
  }
  for (const name of CHANGES) {
    const own = res[name] as Method
    const guarded: Method = function (...args) {
      if (isOurs()) return own.apply(this, args)
      throw Object.assign(new Error(TAKEN_BACK), { code: "ERR_HTTP_HEADERS_SENT" })
    }
    Object.assign(res, { [name]: guarded })
  }
  failures++
  res.once("close", () => {
    // As long as one is in use, all promises are somewhat dearer on Node 22.
    if (--failures === 0) failing.disable()
  })
  failing.run(gate, () => gate.fail(error))
}

const failing = new AsyncLocalStorage<Gate>()
let failures = 0

const SENDING = ["writeHead", "flushHeaders", "write", "end", "flush"] as const
const OWN = [...SENDING, "on", "addListener", "once"] as const
const CHANGES = ["setHeader", "appendHeader", "removeHeader"] as const
const TAKEN_BACK = "The response was taken back, since its session could not be stored"
