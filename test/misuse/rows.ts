import { Readable } from "node:stream"
import type { FastifyReply } from "fastify"
import type { Context as HonoContext } from "hono"
import type { Context as KoaContext } from "koa"
import type { Response as NodeResponse, Tell } from "./servers.ts"

/**
 * A way to misuse a response. Each field is one handler, for those servers that have such a response; `tell` notes what the page
 * sees. To add a row, add a line.
 */
export interface Misuse {
  /** `node:http`, Express, HTTP/2; also Fastify's and Koa's raw responses. */
  readonly raw?: (res: NodeResponse, tell: Tell) => unknown
  readonly fastify?: (reply: FastifyReply, tell: Tell) => unknown
  readonly koa?: (ctx: KoaContext, tell: Tell) => unknown
  readonly hono?: (c: HonoContext, tell: Tell) => unknown
  /** Where it can't be as without sessions, on which servers ("*": all) and why. */
  readonly unlike?: Readonly<Record<string, string>>
  /** Servers on which the client may get less: nothing leaves before the session is safe, so that a cut connection shows nothing. */
  readonly mayLose?: readonly string[]
  readonly method?: "HEAD"
}

type Row = readonly [name: string, row: Misuse]
const raw = (name: string, handler: NonNullable<Misuse["raw"]>, more: Omit<Misuse, "raw"> = {}): Row => [
  name,
  { raw: handler, ...more },
]
// biome-ignore lint/suspicious/noExplicitAny: what plain JavaScript may hand over
const loose = (value: unknown): any => value
const BODY = "x".repeat(5_000)
const LARGE = Buffer.alloc(200_000, "large ")
/** Servers that cut the connection after such a row: without sessions a part of what was written may have left before. */
const CUT = ["node:http", "express 5", "express 4", "http2", "fastify"]
/** Of HTTP/2 the stream has a head when Node refuses the body. */
const FREE = { http2: "the head is still free, so that the error is answered" }
const WAITS = "the answer has not left yet, so that Node tells the page"
const STALE = "Node leaves on the response what it has refused, so that the error's answer fails or is cut"
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const moment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30))

const CHUNKS: readonly Row[] = [
  raw("end(array)", (res) => res.end(loose(["a", "b"])), { unlike: FREE }),
  raw("end(5)", (res) => res.end(loose(5)), { unlike: FREE }),
  raw("end(true)", (res) => res.end(loose(true)), { unlike: FREE }),
  raw("end({})", (res) => res.end(loose({})), { unlike: FREE }),
  raw("end(null)", (res) => res.end(loose(null))),
  raw("end(0)", (res) => res.end(loose(0)), { unlike: FREE }),
  raw("end(symbol)", (res) => res.end(loose(Symbol("s"))), { unlike: FREE }),
  raw("end(promise)", (res) => res.end(loose(Promise.resolve("a"))), { unlike: FREE }),
  raw("write(null)", (res) => res.write(loose(null)), { unlike: FREE }),
  raw("write(undefined)", (res) => res.write(loose(undefined)), { unlike: FREE }),
  raw("write({})", (res) => res.write(loose({})), { unlike: FREE }),
  raw("write(5) in a try, then end", (res, tell) => {
    tell(() => res.write(loose(5)))
    res.end("after")
  }),
  raw(
    "write, then write(5)",
    (res) => {
      res.write("a")
      res.write(loose(5))
    },
    { mayLose: CUT },
  ),
  raw("write, then write(5) in a try, then end", (res, tell) => {
    res.write("a")
    tell(() => res.write(loose(5)))
    res.end("b")
  }),
  raw("write, then end(5) in a try, then end", (res, tell) => {
    res.write("a")
    tell(() => res.end(loose(5)))
    res.end("b")
  }),
  raw("an empty write and an empty end", (res) => {
    res.write("")
    res.end("")
  }),
  raw("end(Uint8Array)", (res) => res.end(new Uint8Array([97, 98]))),
  raw("end(hex)", (res) => res.end("6162", "hex")),
  raw("an unknown encoding", (res) => res.end("text", loose("bad")), { unlike: FREE }),
  raw(
    "an unknown encoding of a chunk",
    (res) => {
      res.write("a")
      res.write("b", loose("bad"))
    },
    { mayLose: CUT },
  ),
  raw(
    "an unknown encoding, with a length",
    (res) => {
      res.setHeader("content-length", 4)
      res.end("text", loose("bad"))
    },
    { unlike: FREE },
  ),
  raw("an encoding that is no text", (res) => res.end("text", loose(7)), { unlike: FREE }),
]

const HEADS: readonly Row[] = [
  raw(
    "statusCode = 99",
    (res) => {
      res.statusCode = 99
      res.end("a")
    },
    { unlike: { "node:http": STALE, fastify: STALE } },
  ),
  raw("statusCode = 1000", (res) => {
    res.statusCode = 1000
    res.end("a")
  }),
  raw(
    "statusCode = abc",
    (res) => {
      res.statusCode = loose("abc")
      res.end("a")
    },
    { unlike: { "node:http": STALE, fastify: STALE } },
  ),
  raw('statusCode = "201"', (res) => {
    res.statusCode = loose("201")
    res.end("a")
  }),
  raw(
    "statusCode = undefined",
    (res) => {
      res.statusCode = loose(undefined)
      res.end("a")
    },
    { unlike: { "node:http": STALE, fastify: STALE } },
  ),
  raw(
    "a reason with a line feed",
    (res) => {
      res.statusMessage = "O\nK"
      res.end("a")
    },
    { unlike: { "node:http": STALE } },
  ),
  raw("writeHead(99)", (res) => res.writeHead(99)),
  raw("writeHead()", (res) => loose(res).writeHead(), {
    unlike: { http2: "Node sends a head without a status, and hangs" },
  }),
  raw("writeHead with a bad reason", (res) => res.writeHead(200, "O\r\nK"), {
    unlike: { "node:http": STALE, "express 5": STALE, "express 4": STALE, fastify: STALE },
  }),
  raw("writeHead with a bad name", (res) => res.writeHead(200, { "bad name": "1" })),
  raw("writeHead with a bad value", (res) => res.writeHead(200, { "x-a": "1\n2" })),
  raw("writeHead with a value undefined", (res) => res.writeHead(200, { "x-a": loose(undefined) })),
  raw("writeHead with an odd list", (res) => res.writeHead(200, loose(["x-a", "1", "x-b"]))),
  raw("writeHead with a good header and a bad one", (res) => res.writeHead(201, { "x-a": "1", "x-b": "\n" })),
  raw("writeHead(201), then end", (res) => res.writeHead(201, { "x-a": "1" }).end("made")),
  raw(
    "writeHead twice",
    (res) => {
      res.writeHead(200)
      res.writeHead(201)
    },
    { mayLose: CUT },
  ),
  raw("writeHead twice in a try, then end", (res, tell) => {
    res.writeHead(200, { "x-a": "1" })
    tell(() => res.writeHead(201))
    res.end("first")
  }),
  raw(
    "writeHead after write",
    (res) => {
      res.write("a")
      res.writeHead(201)
    },
    { mayLose: CUT },
  ),
  raw("writeHead after end", (res, tell) => {
    res.end("a")
    tell(() => res.writeHead(201))
  }),
  raw(
    "setHeader after write",
    (res) => {
      res.write("a")
      res.setHeader("x-late", "1")
    },
    { mayLose: CUT },
  ),
  raw("setHeader after end", (res) => {
    res.end("a")
    res.setHeader("x-late", "1")
  }),
  raw("setHeader, appendHeader and removeHeader after end, each in a try", (res, tell) => {
    res.setHeader("x-a", "1")
    res.end("a")
    tell(() => res.setHeader("x-late", "1"))
    tell(() => res.appendHeader("x-late", "1"))
    tell(() => res.removeHeader("x-a"))
    tell(res.getHeader("x-a"), res.hasHeader("x-late"))
  }),
  raw("a bad name in setHeader", (res) => res.setHeader("bad name", "1")),
  raw("a header's value that is no text", (res) => res.setHeader("x-a", "прайс")),
  raw("a value undefined in setHeader", (res) => res.setHeader("x-a", loose(undefined))),
  raw(
    "flushHeaders, then setHeader",
    (res) => {
      res.flushHeaders()
      res.setHeader("x-late", "1")
    },
    { mayLose: CUT },
  ),
  raw("flushHeaders twice, then end", (res) => {
    res.flushHeaders()
    res.flushHeaders()
    res.end("a")
  }),
  raw("the status is changed after end", (res, tell) => {
    res.end("a")
    tell(() => {
      res.statusCode = 404
    })
    tell(res.statusCode)
  }),
  raw("no date", (res) => {
    res.sendDate = false
    res.end("a")
  }),
  raw(
    "a length and chunks",
    (res) => {
      res.setHeader("content-length", 1)
      res.setHeader("transfer-encoding", "chunked")
      res.end("a")
    },
    { unlike: { http2: STALE } },
  ),
  raw("connection: close", (res) => {
    res.setHeader("connection", "close")
    res.end("a")
  }),
  raw("204 with a body", (res) => res.writeHead(204).end("a")),
  raw("304 with a body", (res) => res.writeHead(304).end("a")),
  raw("HEAD with a body", (res) => res.end("a"), { method: "HEAD" }),
  raw(
    "HEAD with chunks",
    (res) => {
      res.write("a")
      res.end("b")
    },
    { method: "HEAD" },
  ),
  raw("writeHead(100)", (res) => res.writeHead(100).end("a"), {
    unlike: { http2: "the status is refused when it is set, with another code" },
  }),
]

const LENGTHS: readonly Row[] = [
  raw("a length that is too large", (res) => {
    res.setHeader("content-length", 10)
    res.end("short")
  }),
  raw("a length that is too small", (res) => {
    res.setHeader("content-length", 2)
    res.end("too long")
  }),
  raw("a strict length, end too long", (res) => {
    res.strictContentLength = true
    res.setHeader("content-length", 2)
    res.end("too long")
  }),
  raw("a strict length, end too short", (res) => {
    res.strictContentLength = true
    res.setHeader("content-length", 10)
    res.end("short")
  }),
  raw("a strict length, write too long", (res) => {
    res.strictContentLength = true
    res.setHeader("content-length", 2)
    res.write("too long")
  }),
  raw(
    "a strict length, write too long in a try, then right",
    (res, tell) => {
      res.strictContentLength = true
      res.setHeader("content-length", 5)
      tell(() => res.write("too long"))
      res.end("right")
    },
    { mayLose: ["koa"] },
  ),
  raw("a strict length, nothing but the end", (res) => {
    res.strictContentLength = true
    res.setHeader("content-length", 2)
    res.end()
  }),
]

const ENDS: readonly Row[] = [
  raw("end twice", (res) => {
    res.end("a")
    res.end()
  }),
  raw("end twice with a body", (res, tell) => {
    res.on("error", (error) => tell(error))
    res.end("a")
    res.end("b")
  }),
  raw("end twice with callbacks", (res, tell) => {
    res.end("a", () => tell("first"))
    res.end((error?: Error) => tell("second", error))
  }),
  raw("write after end", (res, tell) => {
    res.on("error", (error) => tell(error))
    res.end("a")
    tell(res.write("b"))
  }),
  raw("write after end with a callback", (res, tell) => {
    res.on("error", (error) => tell("event", error))
    res.end("a")
    res.write("b", (error) => tell("callback", error))
  }),
  raw(
    "write after end a moment later",
    async (res, tell) => {
      res.on("error", (error) => tell(error))
      res.end("a")
      await tick()
      res.write("b")
    },
    { unlike: { "node:http": WAITS, "express 5": WAITS, "express 4": WAITS, fastify: WAITS, koa: WAITS } },
  ),
  raw("what the response says before and after", (res, tell) => {
    tell(res.headersSent, res.writableEnded, res.finished)
    res.write("a")
    tell(res.headersSent, res.writableEnded, res.finished)
    res.end("b")
    tell(res.headersSent, res.writableEnded, res.finished)
  }),
  raw("the order of callbacks and events", (res, tell) => {
    for (const event of ["finish", "close"]) res.on(event, () => tell(event))
    res.write("a", () => tell("write"))
    res.end("b", () => tell("end"))
  }),
  raw("end in the callback of write", (res) => res.write("a", () => res.end("b"))),
  raw("end in the listener of finish", (res) => {
    res.on("finish", () => res.end())
    res.end("a")
  }),
  raw("end in another turn", async (res) => {
    res.write("a")
    await moment()
    res.end("b")
  }),
]

const FLOWS: readonly Row[] = [
  raw("a listener of drain, once", (res) => {
    res.once("drain", () => res.end("drained"))
    if (res.write(LARGE)) res.end("at once")
  }),
  raw("a listener of drain after the write", (res) => {
    if (res.write(LARGE)) return void res.end("at once")
    res.on("drain", () => res.end("drained"))
  }),
  raw("writes until false, then drain, many times", async (res) => {
    for (let n = 0; n < 5; n++)
      if (!res.write(LARGE)) await new Promise<void>((resolve) => void res.once("drain", resolve))
    res.end()
  }),
  raw("pipe", (res) => Readable.from([LARGE, LARGE, "end"]).pipe(loose(res))),
  raw("a source that fails, then destroy", (res) => {
    const source = new Readable({
      read() {
        this.destroy(new Error("broken"))
      },
    })
    source.on("error", () => res.destroy())
    source.pipe(loose(res))
  }),
  raw("cork, write, uncork", (res) => {
    loose(res).cork()
    res.write("a")
    res.write("b")
    loose(res).uncork()
    res.end("c")
  }),
  raw("trailers", (res) => {
    res.setHeader("trailer", "x-sum")
    res.write("a")
    res.addTrailers({ "x-sum": "1" })
    res.end()
  }),
  raw("an event stream", async (res) => {
    res.writeHead(200, { "content-type": "text/event-stream" })
    for (let n = 0; n < 3; n++) {
      res.write(`data: ${n}\n\n`)
      await tick()
    }
    res.end()
  }),
]

const CUTS: readonly Row[] = [
  raw("res.destroy() after end", (res) => {
    res.end(BODY)
    res.destroy()
  }),
  raw("res.destroy(error) after end", (res) => {
    res.on("error", () => {})
    res.end(BODY)
    res.destroy(new Error("closed"))
  }),
  raw("socket.destroy() after end", (res) => {
    const { socket } = res
    res.end(BODY)
    socket?.destroy()
  }),
  raw("socket.end() after end", (res) => {
    const { socket } = res
    res.end(BODY)
    socket?.end()
  }),
  raw("socket.destroySoon() after end", (res) => {
    const { socket } = res
    res.end(BODY)
    loose(socket).destroySoon?.()
  }),
  raw("res.destroy() before anything", (res) => res.destroy()),
  raw("res.destroy(), then end", (res) => {
    res.destroy()
    res.end("a")
  }),
  raw("throw at once", () => {
    throw new Error("broken")
  }),
  raw("throw after end", (res) => {
    res.end(BODY)
    throw new Error("broken")
  }),
  raw(
    "throw after write",
    (res) => {
      res.write("half")
      throw new Error("broken")
    },
    { mayLose: CUT },
  ),
  raw("reject after end", async (res) => {
    res.end(BODY)
    await tick()
    throw new Error("broken")
  }),
  raw("reject after a write and a moment", async (res) => {
    res.write("half")
    await moment()
    throw new Error("broken")
  }),
  raw("reject without an answer", async () => {
    await tick()
    throw Object.assign(new Error("no"), { statusCode: 409 })
  }),
]

const FASTIFY: readonly Row[] = [
  ["send(5) as text", { fastify: (reply) => reply.type("text/plain").send(5) }],
  [
    "send a header that is no text",
    { fastify: (reply) => reply.header("content-disposition", 'attachment; filename="прайс.pdf"').send("x") },
  ],
  [
    "send twice",
    {
      fastify: (reply) => {
        reply.send("a")
        reply.send("b")
      },
    },
  ],
  [
    "send, then return",
    {
      fastify: (reply) => {
        reply.send("a")
        return "b"
      },
    },
  ],
  ["code(99)", { fastify: (reply) => reply.code(99).send("a") }],
  ["send(error)", { fastify: (reply) => reply.send(new Error("broken")) }],
  [
    "throw an object",
    {
      fastify: () => {
        throw { statusCode: 418, message: "tea" }
      },
    },
  ],
  [
    "throw after send",
    {
      fastify: (reply) => {
        reply.send("a")
        throw new Error("broken")
      },
    },
  ],
  [
    "sent after send",
    {
      fastify: (reply, tell) => {
        reply.send("a")
        tell(reply.sent)
      },
    },
  ],
  [
    "a source that fails",
    {
      fastify: (reply) =>
        reply.send(
          new Readable({
            read() {
              this.destroy(new Error("broken"))
            },
          }),
        ),
    },
  ],
  ["a wrong length", { fastify: (reply) => reply.header("content-length", "2").send("too long") }],
  ["send(undefined)", { fastify: (reply) => reply.send(undefined) }],
]

const KOA: readonly Row[] = [
  [
    "ctx.body = 5",
    {
      koa: (ctx) => {
        ctx.body = 5
      },
    },
  ],
  [
    "ctx.status = 99",
    {
      koa: (ctx) => {
        ctx.status = 99
      },
    },
  ],
  ["ctx.throw(401)", { koa: (ctx) => ctx.throw(401, "no") }],
  [
    "throw a text",
    {
      koa: () => {
        throw "text"
      },
    },
  ],
  [
    "ctx.message with a line feed",
    {
      koa: (ctx) => {
        ctx.message = "O\nK"
        ctx.body = "a"
      },
    },
  ],
  [
    "a header that is no text, in Koa",
    {
      koa: (ctx) => {
        ctx.set("x-a", "прайс")
        ctx.body = "a"
      },
    },
  ],
  [
    "a body whose source fails",
    {
      koa: (ctx) => {
        ctx.body = new Readable({
          read() {
            this.destroy(new Error("broken"))
          },
        })
      },
    },
  ],
  [
    "ctx.body is null",
    {
      koa: (ctx) => {
        ctx.body = null
      },
    },
  ],
  [
    "ctx.body and a throw",
    {
      koa: (ctx) => {
        ctx.body = "a"
        throw new Error("broken")
      },
    },
  ],
  [
    "a wrong length, in Koa",
    {
      koa: (ctx) => {
        ctx.body = "too long"
        ctx.length = 2
      },
    },
  ],
]

const HONO: readonly Row[] = [
  ["c.body(5)", { hono: (c) => c.body(loose(5)) }],
  [
    "c.text, status 99",
    {
      hono: (c) => c.text("a", loose(99)),
    },
  ],
  [
    "c.text, status 1000",
    {
      hono: (c) => c.text("a", loose(1000)),
    },
  ],
  [
    "a header with a line feed, in Hono",
    {
      hono: (c) => {
        c.header("x-a", "1\n2")
        return c.text("a")
      },
    },
  ],
  ["nothing returned", { hono: () => undefined }],
  [
    "a text returned",
    {
      hono: () => "text",
      unlike: { hono: "middleware that reads it fails first, so that the error handler answers" },
    },
  ],
  [
    "204 with a body, in Hono",
    {
      hono: (c) => c.body(loose("a"), 204),
      unlike: { hono: "no middleware can read the headers of such a response" },
    },
  ],
  [
    "throw, in Hono",
    {
      hono: () => {
        throw new Error("broken")
      },
    },
  ],
  [
    "a body whose source fails, in Hono",
    {
      hono: (c) =>
        c.body(
          new ReadableStream({
            pull(controller) {
              controller.error(new Error("broken"))
            },
          }),
        ),
      unlike: { hono: "the source has failed before the head leaves" },
    },
  ],
  ["Response.error()", { hono: () => Response.error() }],
]

export const ROWS: ReadonlyMap<string, Misuse> = new Map([
  ...CHUNKS,
  ...HEADS,
  ...LENGTHS,
  ...ENDS,
  ...FLOWS,
  ...CUTS,
  ...FASTIFY,
  ...KOA,
  ...HONO,
])
