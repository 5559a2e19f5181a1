import { Writable } from "node:stream"
import type { Gated, StandIn } from "./gate-type.ts"

/**
 * The same for HTTP/2, whose responses can't be made without a stream. A stream of Node's own judges the body. Its
 * response tells what was sent by accessors, so that accessors are put on it; they stay, and let through afterwards:
 * a property that is deleted turns the object into a hash table, slower for everyone who uses it from then on.
 */
export function http2StandIn(res: Gated): StandIn {
  const body = new Writable({ decodeStrings: false, write() {} }).on("error", () => {})
  const state: Waiting = { hasHead: false, hasEnded: false }
  ;(res as unknown as { [WAITING]: Waiting | undefined })[WAITING] = state
  if (!Object.hasOwn(res, "headersSent")) Object.defineProperties(res, LOOKS)
  for (const name of CHANGES) if (!Object.hasOwn(res, name)) Object.assign(res, { [name]: refusing(name) })

  return {
    get hasEnded() {
      return state.hasEnded
    },
    isTooLate: () => false, // the response refuses by itself what comes after its end, when it is made there
    take(_res, method, args) {
      if (method === "writeHead" && state.hasHead) throw headersSent()
      if (state.hasEnded) return false
      const [chunk, encoding] = args
      let returned: unknown = true
      if (method === "write" || (method === "end" && chunk !== null && chunk !== undefined))
        returned = body.write(chunk, encoding as BufferEncoding)
      state.hasHead = true
      if (method === "end") state.hasEnded = true
      return returned
    },
    reveal(revealed) {
      ;(revealed as unknown as { [WAITING]: Waiting | undefined })[WAITING] = undefined
    },
  }
}

interface Waiting {
  hasHead: boolean
  hasEnded: boolean
}

const WAITING = Symbol("holdfast.waiting")

const LOOKS: PropertyDescriptorMap = {
  headersSent: looking("headersSent", ({ hasHead }) => hasHead),
  writableEnded: looking("writableEnded", ({ hasEnded }) => hasEnded),
  finished: looking("finished", ({ hasEnded }) => hasEnded),
}
const CHANGES = ["setHeader", "appendHeader", "removeHeader"] as const

function looking(name: string, look: (state: Waiting) => boolean): PropertyDescriptor {
  return {
    get(this: { [WAITING]: Waiting | undefined }) {
      const state = this[WAITING]
      return state ? look(state) : inherited(this, name)
    },
    configurable: true,
  }
}

/** The way to change a header, which is too late once the head is made. */
function refusing(name: (typeof CHANGES)[number]) {
  return function (this: { [WAITING]: Waiting | undefined }, ...args: unknown[]): unknown {
    if (this[WAITING]?.hasHead) throw headersSent()
    return (inherited(this, name) as (...args: unknown[]) => unknown).apply(this, args)
  }
}

/** What the response would have without its own property of this name. Asked anew, since Express changes prototypes. */
function inherited(res: object, name: string): unknown {
  return Reflect.get(Object.getPrototypeOf(res), name, res)
}

/** The error that Node itself throws for it. */
function headersSent(): Error {
  const error = new Error("Response has already been initiated.")
  return Object.assign(error, { code: "ERR_HTTP2_HEADERS_SENT" })
}
