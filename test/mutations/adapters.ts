// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is looked for is source text
import type { Mutation } from "./mutation.ts"

const GATE = "unit/gate unit/node-gate security/hostile-http"
const ADAPTER = "laws/adapters security/hostile-http security/d-"

/** What is broken in src/adapters. */
export const ADAPTER_MUTATIONS: readonly Mutation[] = [
  ["adapters/node-gate.ts", "setHeaders(this, typeof reason", "void (this, typeof reason", GATE],
  [
    "adapters/node-gate.ts",
    'if (name === "set-cookie") res.appendHeader(name, value)\n    else res',
    "res",
    GATE,
  ],
  [
    "adapters/node-gate.ts",
    "for (const name of res.getHeaderNames()) if (isOfTheAnswer(name)) res.removeHeader(name)",
    "",
    GATE,
  ],
  [
    "adapters/node-gate.ts",
    'if (method !== "writeHead" && res.writeHead !== writeHead) announce(res, gate)',
    "",
    GATE,
  ],
  [
    "adapters/node-gate.ts",
    'return this[GATE].phase === "settling" || inherited(this, "headersSent")',
    'return inherited(this, "headersSent")',
    GATE,
  ],
  ["adapters/node-gate.ts", 'res.emit("drain")', "void 0", GATE],
  ["adapters/node-gate.ts", "if (!res.destroyed) gate[method]", "if (true) gate[method]", GATE],
  [
    "adapters/node-gate.ts",
    "standing.commit = together(standing.commit, commit)",
    "standing.commit = commit",
    GATE,
  ],
  [
    "adapters/node-gate.ts",
    "if (error || !gate?.hasEnded) return destroy.call(this, error)",
    "return destroy.call(this, error)",
    GATE,
  ],
  ["adapters/node-gate.ts", 'if (gate.mayClose) res.once("finish", () => socket.destroy())', "", GATE],
  [
    "adapters/node-gate.ts",
    "if (!(WAITING in socket)) watchOver(socket)",
    "watchOver(socket)",
    "unit/node-gate",
  ],
  ["adapters/node-gate.ts", "Object.defineProperty(res, name, PRETENCE[name])", "", GATE],
  ["adapters/node-gate.ts", "Object.assign(res, METHODS)", "", GATE],
  ["adapters/node-gate.ts", "if (own) Object.defineProperty(res, PRETENDED[n]!, own)", "void own", GATE],
  ["adapters/node-gate.ts", "if (own) (res as Record<Changing, unknown>)[HELD[n]!] = own", "void own", GATE],
  ["adapters/node-gate.ts", "res.statusCode = statusCode\n", "", GATE],
  [
    "adapters/node-gate.ts",
    "return Reflect.get(Object.getPrototypeOf(res), name, res)",
    "return undefined",
    GATE,
  ],
  ["adapters/node-gate.ts", 'if (event !== "drain" || phase !== "settling")', 'if (event !== "drain")', GATE],

  ["adapters/express.ts", "gate(res, sessions, session, next)", "", ADAPTER],
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
  ["adapters/node.ts", "if (res.headersSent) console.error(error)\n        else", "", `${ADAPTER} unit/gate`],

  ["adapters/fastify.ts", "if (isOfTheAnswer(name)) reply.removeHeader(name)", "", ADAPTER],
  ["adapters/fastify.ts", 'reply.getHeader("vary") })', "undefined })", ADAPTER],
  ["adapters/fastify.ts", '[Symbol.for("skip-override")]: true,', "", ADAPTER],

  ["adapters/koa.ts", "thrown.headers = kept", "", ADAPTER],
  ["adapters/koa.ts", "thrown.status ?? thrown.statusCode ?? 500", "500", ADAPTER],
  ["adapters/koa.ts", 'if (name === "set-cookie") ctx.append(name, value)\n        else ctx', "ctx", ADAPTER],

  ["adapters/hono.ts", "c.res = undefined // or Hono", "// or Hono", ADAPTER],
  ["adapters/hono.ts", "c.res = undefined\n      c.res = new", "c.res = new", ADAPTER],
  ["adapters/hono.ts", ".filter(([name]) => !isOfTheAnswer(name))", "", ADAPTER],
  ["adapters/hono.ts", "if (!c.finalized) return", "if (false) return", ADAPTER],
  ["adapters/hono.ts", "await sessions.commit(session, { status: 500 }) // a logout", "// a logout", ADAPTER],

  ["adapters/fetch.ts", "await sessions.commit(session, { status: 500 })", "", ADAPTER],

  ["adapters/response.ts", 'headers.every(([name]) => name === "vary")', "true", ADAPTER],
  ["adapters/response.ts", "(isLight || response.bodyUsed)", "isLight", ADAPTER],
  ["adapters/response.ts", "return false", "return true", ADAPTER],
  ["adapters/response.ts", "|| response.status < 200", "", ADAPTER],
  ["adapters/response.ts", "new Response(response.body, response)", "response", ADAPTER],
  ["adapters/response.ts", 'if (name === "set-cookie")', "if (false)", ADAPTER],
]
