import { OutgoingMessage, ServerResponse } from "node:http"
import { Duplex, Writable } from "node:stream"
import type { Gated, Sending, StandIn } from "./gate-type.ts"
import { http2StandIn } from "./stand-in-http2.ts"

export function standInFor(res: Gated): StandIn {
  return "stream" in res ? http2StandIn(res) : new HttpStandIn(res)
}

/** What is written to look at and to be looked at; Node's types leave it out. */
interface Looks {
  _header: string | null
  finished: boolean
}

/**
 * A response of Node's own to the same request, without a connection. Not a `ServerResponse`, since making one is
 * told to tracers.
 */
class HttpStandIn extends OutgoingMessage implements StandIn {
  statusCode = 200
  statusMessage = ""
  declare writeHead: (...args: readonly unknown[]) => unknown
  declare _header: string | null
  declare finished: boolean
  readonly _hasBody: boolean
  readonly #res: Gated
  /** Whether somebody else than Node drives the response: then it tells that it was ended when it has its bytes. */
  readonly #isDriven: boolean

  constructor(res: Gated) {
    super(...optionsOf(res))
    Object.assign(this, { req: res.req })
    this.#res = res
    // One that is to be sent after another has no connection yet.
    this.#isDriven = !((res.socket ?? res.req?.socket) instanceof Duplex)
    this.useChunkedEncodingByDefault = res.useChunkedEncodingByDefault
    this.shouldKeepAlive = res.shouldKeepAlive
    this._hasBody = res.req?.method !== "HEAD"
    // The others were judged when they were set.
    for (const name of FRAMING) if (res.hasHeader(name)) this.setHeader(name, res.getHeader(name)!)
  }

  /** "write after end" is an event, for those who listen to the response. */
  override emit(event: string, ...args: unknown[]): boolean {
    return event === "error" && this.#res.emit("error", ...(args as [Error]))
  }

  get hasEnded(): boolean {
    return this.finished
  }

  _implicitHeader(): void {
    this.writeHead(this.statusCode)
  }

  isTooLate(method: Sending, [chunk]: readonly unknown[]): boolean {
    if (!this.finished || method === "writeHead" || method === "flushHeaders") return false
    return method === "write" || (Boolean(chunk) && typeof chunk !== "function")
  }

  take(res: Gated, method: Exclude<Sending, "flush">, args: readonly unknown[]): unknown {
    const { statusCode, statusMessage, strictContentLength, sendDate } = res
    Object.assign(this, { statusCode, statusMessage, strictContentLength, sendDate })
    try {
      if (method === "write" || method === "end") this.#checkEncoding(args)
      return (this[method] as (...args: readonly unknown[]) => unknown)(...args)
    } finally {
      const looks = res as unknown as Looks
      looks._header = this._header
      if (!this.#isDriven) looks.finished = this.finished
    }
  }

  reveal(res: Gated): void {
    const looks = res as unknown as Looks
    looks._header = null
    looks.finished = false
  }

  /** Some versions of Node look at an encoding only when the text reaches a connection. */
  #checkEncoding([chunk, encoding]: readonly unknown[]): void {
    if (typeof chunk !== "string" || !encoding || typeof encoding === "function") return
    if (Buffer.isEncoding(encoding as string)) return
    this.flushHeaders()
    new Writable({ write() {} }).write(chunk, encoding as BufferEncoding) // throws what Node throws
  }
}

HttpStandIn.prototype.writeHead = ServerResponse.prototype.writeHead as HttpStandIn["writeHead"]

/** The headers by which Node says how the body is sent. */
const FRAMING = ["content-length", "transfer-encoding", "connection", "trailer"]

/** What Node gives a response of this connection; its types leave the constructor's options out. */
function optionsOf(res: Gated): [] {
  const { server } = Object(res.socket ?? res.req?.socket) as {
    server?: { rejectNonStandardBodyWrites?: boolean }
  }
  const rejectNonStandardBodyWrites = server?.rejectNonStandardBodyWrites
  return [{ highWaterMark: res.writableHighWaterMark, rejectNonStandardBodyWrites }] as unknown as []
}
