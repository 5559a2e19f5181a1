// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is looked for is source text
import type { Mutation } from "./mutation.ts"

const GATE = "unit/gate unit/node-gate security/hostile-http"
const MISUSE = `${GATE} misuse/misuse unit/refused`
const ADAPTER = "laws/adapters security/hostile-http security/d- unit/mounted"

/** What is broken in src/adapters and in what they are made of. */
export const ADAPTER_MUTATIONS: readonly Mutation[] = [
  [
    "adapter-kit/gate.ts",
    'return layHead(this, args, (rest) => send(this, "writeHead", rest))',
    'return send(this, "writeHead", args)',
    GATE,
  ],
  [
    "adapter-kit/gate.ts",
    'if (method !== "writeHead" && res.writeHead !== writeHead) announce(res, gate)',
    "",
    GATE,
  ],
  ["adapter-kit/gate.ts", "if (standIn.isTooLate(method, args)) return", "if (false) return", MISUSE],
  ["adapter-kit/gate.ts", "args.filter(isNoCallback)", "args", MISUSE],
  ["adapter-kit/gate.ts", "if (returned === false) gate.owesDrain = true", "", GATE],
  ["adapter-kit/gate.ts", 'if ("error" in kept) throw kept.error', "", MISUSE],
  ["adapter-kit/gate.ts", "    ready() // of sessions", "    // of sessions", GATE],
  ["adapter-kit/gate.ts", "    res.statusCode = statusCode //", "    //", GATE],
  ["adapter-kit/gate.ts", "gate.standIn?.reveal(res)\n  gate.phase", "gate.phase", GATE],
  ["adapter-kit/gate.ts", "if (res.headersSent) throw error\n", "", MISUSE],
  ["adapter-kit/stand-in.ts", "looks._header = this._header", "", GATE],
  ["adapter-kit/stand-in.ts", "if (!this.#isDriven) looks.finished = this.finished", "", GATE],
  ["adapter-kit/stand-in.ts", 'this._hasBody = res.req?.method !== "HEAD"', "this._hasBody = true", MISUSE],
  ["adapter-kit/stand-in.ts", "for (const name in headers) this.setHeader(name, headers[name]!)", "", MISUSE],
  [
    "adapter-kit/stand-in.ts",
    'this.on("error", (error) => res.emit("error", error))',
    'this.on("error", () => {})',
    MISUSE,
  ],
  ["adapter-kit/stand-in.ts", "this.flushHeaders()\n", "", MISUSE],
  [
    "adapter-kit/stand-in-http2.ts",
    'if (method === "writeHead" && state.hasHead) throw headersSent()',
    "",
    MISUSE,
  ],
  ["adapter-kit/stand-in-http2.ts", "if (this[WAITING]?.hasHead) throw headersSent()", "", MISUSE],
  ["adapter-kit/head.ts", "if (!res.headersSent) undo()", "", MISUSE],
  ["adapter-kit/head.ts", "if (isOdd) return send(args)", "if (false) return send(args)", MISUSE],
  ["adapter-kit/drains.ts", 'res.emit("drain")\n      rouse()', "void 0", GATE],
  [
    "adapter-kit/drains.ts",
    'event !== "drain" || phase !== "waiting" || !owesDrain',
    'event !== "drain"',
    GATE,
  ],
  [
    "adapter-kit/connection.ts",
    "if (!gate?.standIn?.hasEnded) return destroy.call(this, error)",
    "return destroy.call(this, error)",
    GATE,
  ],
  ["adapter-kit/connection.ts", "if (!(WAITING in one)) watchOver(one)", "watchOver(one)", "unit/node-gate"],
  [
    "adapter-kit/connection.ts",
    "if (res.writableFinished || !connection.writable) closing()",
    "if (res.writableFinished) closing()",
    MISUSE,
  ],
  ["adapter-kit/connection.ts", "if (!stream && !connection.destroyed) res.destroyed = false", "", MISUSE],
  [
    "adapter-kit/refusal.ts",
    "for (const name of res.getHeaderNames()) if (isOfTheAnswer(name)) res.removeHeader(name)",
    "",
    GATE,
  ],
  [
    "adapter-kit/refusal.ts",
    "for (const name of OWN) if (gate[name]) Object.assign(res, { [name]: gate[name] })",
    "",
    MISUSE,
  ],
  [
    "adapter-kit/refusal.ts",
    "if (isDone) gate.fail(error)\n  else failApart(res, gate, error)",
    "gate.fail(error)",
    MISUSE,
  ],
  ["adapter-kit/refusal.ts", "tell(args)\n  if (method", "if (method", MISUSE],
  ["adapter-kit/commit.ts", "members[n]!.outcome = result.value", "void 0", GATE],
  ["adapter-kit/commit.ts", "if (calledOff) throw calledOff.error", "", MISUSE],
  ["adapter-kit/options.ts", "if (value === session || isSession(value)) return", "return", ADAPTER],
  ["adapter-kit/commit.ts", "check?.()\n", "", ADAPTER],
  ["adapter-kit/thrown.ts", "if (thrown instanceof Response) return thrown", "", ADAPTER],
  ["adapter-kit/thrown.ts", 'if (typeof digest === "string") return answerOfNext(digest)', "", ADAPTER],

  ["adapters/express.ts", "fail: next,", "fail: () => {},", ADAPTER],
  [
    "adapters/express.ts",
    "else session.load().then(() => next(), next)",
    "else session.load().finally(() => next())",
    ADAPTER,
  ],

  [
    "adapters/node.ts",
    "if (!lazy) await session.load()",
    "if (!lazy) await session.load().catch(() => {})",
    ADAPTER,
  ],
  ["adapters/node.ts", "if (!res.headersSent) return onError(error, req, res)\n", "", `${ADAPTER} unit/gate`],

  ["adapters/node.ts", "if (!res.writableEnded) res.destroy()", "", "misuse/misuse"],
  ["adapters/fastify.ts", "if (known) return known", "", "misuse/misuse"],
  ["adapters/hono.ts", 'if (isCookieSet && c.req.header("if-none-match"))', "if (false)", ADAPTER],
  ["adapters/hono.ts", "if (isMounted) return void (await next())", "", ADAPTER],
  ["adapters/koa.ts", "if (isMounted) return next()", "", ADAPTER],
  ["adapters/fetch.ts", "if (isMounted) return handler(request, session, ...rest)", "", ADAPTER],
  ["adapters/fetch.ts", "if (answer) return committed(request, session, answer)", "", ADAPTER],
  ["adapters/fastify.ts", "if (isOfTheAnswer(name)) reply.removeHeader(name)", "", ADAPTER],
  ["adapters/fastify.ts", 'vary: reply.getHeader("vary")', "vary: undefined", ADAPTER],
  ["adapters/fastify.ts", '[Symbol.for("skip-override")]: true,', "", ADAPTER],

  ["adapters/koa.ts", "thrown.headers = kept", "", ADAPTER],
  ["adapters/koa.ts", "thrown.status ?? thrown.statusCode ?? 500", "500", ADAPTER],
  ["adapters/koa.ts", 'if (name === "set-cookie") ctx.append(name, value)\n    else ctx', "ctx", ADAPTER],

  ["adapters/hono.ts", "c.res = undefined // or Hono", "// or Hono", ADAPTER],
  ["adapters/hono.ts", ".filter(([name]) => !isOfTheAnswer(name))", "", ADAPTER],
  ["adapters/hono.ts", "if (!c.finalized) return", "if (false) return", ADAPTER],
  ["adapters/hono.ts", "await sessions.commit(session, { status: 500 }) // a logout", "// a logout", ADAPTER],

  ["adapters/fetch.ts", "await sessions.commit(session, { status: 500 })", "", ADAPTER],

  ["adapter-kit/headers.ts", 'headers.every(([name]) => name === "vary")', "true", ADAPTER],
  ["adapter-kit/headers.ts", "(isLight || response.bodyUsed)", "isLight", ADAPTER],
  ["adapter-kit/headers.ts", "return false", "return true", ADAPTER],
  ["adapter-kit/headers.ts", "|| response.status < 200", "", ADAPTER],
  ["adapter-kit/headers.ts", 'if (name === "set-cookie") response', "if (false) response", ADAPTER],
  [
    "adapter-kit/headers.ts",
    'if (name === "set-cookie") res.appendHeader(name, value)\n    else res',
    "res",
    GATE,
  ],
]
