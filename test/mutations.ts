// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is looked for is source text
import { spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

// Breaks the sources on purpose, one line at a time, in a copy of the repository, and shows whether the tests that
// are there for it fail. `node test/mutations.ts [part of a file's name]`; takes minutes.

const CORE = "unit/session unit/data unit/expiry security/hostile-handlers security/c- security/faults"
const ENGINE = "unit/session security/interleavings security/faults security/hostile-handlers"
const COOKIE = "unit/cookie.test security/b-cookie"
const SEAL = "unit/cookie-engine security/a-"
const GATE = "unit/gate unit/node-gate security/hostile-http"
const ADAPTER = "laws/adapters security/hostile-http security/d-"
const MEMORY = "laws/memory"
const SQL = "laws/sqlite unit/sql security/d-store"
const REDIS = "laws/redis-commands laws/redis.test"

/** The servers that are started for tests whose files name them. */
const SERVERS = ["redis", "postgres"]

/** A file of src/, what to look for in it (once), what to put in its place, and the tests that must notice. */
const MUTATIONS: readonly (readonly [file: string, from: string, to: string, tests: string])[] = [
  ["core/plan.ts", 'if (facts.failed) return "nothing"', "", "unit/plan"],
  ["core/plan.ts", 'facts.failed || facts.empty ? "delete"', 'facts.empty ? "delete"', "unit/plan"],
  ["core/plan.ts", 'facts.empty ? "nothing" : "create"', '"create"', "unit/plan"],
  ["core/plan.ts", 'if (facts.rotated) return "rotate"', "", "unit/plan"],

  ["core/commit.ts", "!isFailed && view.isHandedOut", "!isFailed", "unit/session"],
  ["core/session.ts", "view.isHandedOut = true", "", "unit/session"],
  ["core/session.ts", "if (state.view?.isHandedOut) Object.freeze(state.view.data)", "", CORE],
  ["core/merge.ts", "if (from === theirs) return mine", "return mine", "unit/data unit/session"],
  ["core/merge.ts", "delete merged[key]", "void 0", "unit/data"],
  ["core/merge.ts", "if (!isSame(own(before, key), own(after, key))) setOwn", "setOwn", "unit/data"],
  ["core/merge.ts", "setOwn(merged, key, after[key])", "merged[key] = after[key]", "unit/data security/e-"],

  ["core/data.ts", 'if (key === "__proto__")', "if (false)", "unit/data security/e-"],
  ["core/data.ts", "if (open.has(value))", "if (false)", "unit/data"],
  ["core/data.ts", "!Number.isFinite(value)", "false", "unit/data security/e-"],

  ["core/expiry.ts", "next < expiresAt || expiry instanceof Date", "expiry instanceof Date", "unit/expiry"],
  ["core/expiry.ts", "next < expiresAt || expiry instanceof Date", "next < expiresAt", "unit/expiry"],
  ["core/expiry.ts", "return isMoved ? next", "return !isMoved ? next", "unit/expiry"],
  ["core/commit.ts", 'plan === "replace" && !isExpiryChanged', "!isExpiryChanged", "unit/session"],
  ["core/commit.ts", 'plan === "replace" && !isExpiryChanged', 'plan === "replace"', "unit/session"],
  ["core/commit.ts", "over && mayKeepDeadline && !settings.slidesOnChange", "false", "unit/session"],

  ["core/codec.ts", 'if (!head || !payload.endsWith("}"))', "if (!head)", "unit/data security/e-"],
  ["core/codec.ts", "(?:0|[1-9]\\d{0,20})", "\\d{1,21}", "unit/data security/e-"],

  [
    "core/expiry.ts",
    "return Math.min(chosen, createdAt + limits.absolute * 1000)",
    "return chosen",
    "unit/expiry security/c-",
  ],
  [
    "core/expiry.ts",
    "Math.abs(next - expiresAt)",
    "next - expiresAt",
    "unit/expiry security/hostile-handlers",
  ],
  ["core/expiry.ts", ">= window(expiry, limits) / 10", "> 0", "unit/expiry unit/session"],
  [
    "core/expiry.ts",
    "if (endsWithBrowser(expiry, limits.expireAtBrowserClose)) return undefined",
    "",
    "unit/expiry",
  ],

  [
    "core/guard.ts",
    "if (!isWatched) setTimeout(watch, tick)",
    "if (!isWatched) setTimeout(watch, 2 ** 30)",
    "unit/guard security/faults",
  ],
  ["core/guard.ts", "Math.ceil(timeout / tick) + 1", "Math.ceil(timeout / tick)", "unit/guard"],
  ["core/guard.ts", "isWatched = free.length < calls.length", "isWatched = true", "unit/guard"],
  ["core/guard.ts", "calls[place] = undefined", "", "unit/guard security/faults"],
  ["core/guard.ts", "free.push(place)", "", "unit/guard"],
  ["core/guard.ts", "if (calls[place] !== call) return", "", "unit/guard"],
  [
    "core/guard.ts",
    "() => store.replace(record, version))",
    "() => store.replace(record, version)).catch(() => undefined)",
    "security/faults",
  ],
  ["core/guard.ts", "while ${what}`, { cause }", "while ${what}: ${cause}`, { cause }", "security/faults"],

  ["core/joint-write.ts", "behind.add(found)", "", "unit/joint"],
  ["core/joint-write.ts", "if (hasEnded) continue", "", "unit/joint"],
  ["core/store-engine.ts", "behind.has(current) ? undefined", "false ? undefined", "unit/joint"],
  ["core/store-engine.ts", "if (!behind.has(old))", "if (true)", "unit/joint"],
  ["core/session.ts", "view.storedExpiry = keptExpiry", "", "unit/session"],
  [
    "core/session.ts",
    "if (isSameExpiry(view.expiry, view.storedExpiry)) view.expiry = keptExpiry",
    "",
    "unit/session",
  ],
  ["core/joint-write.ts", "member.hasFailed = false", "", "unit/joint"],
  ["core/joint-write.ts", "member.hasFailed = true", "", "unit/joint"],
  [
    "core/joint-write.ts",
    "return current === latest ? undefined : current?.record",
    "return current?.record",
    "unit/joint",
  ],
  ["core/joint-write.ts", "member.draft(current)", "member.draft(latest)", "unit/joint"],
  ["core/joint-write.ts", "for (const { reject } of members) reject(error)", "", "unit/joint"],
  ["core/store-engine.ts", "close()\n      return swap", "return swap", "unit/joint"],
  ["core/store-engine.ts", "if (open && !open.isFull)", "if (open)", "unit/joint"],
  ["core/joint-write.ts", "return drafted >= MAX_DRAFTED", "return false", "unit/joint"],
  ["core/trail.ts", "&& !successorOf(found.record) ? found", "? found", ENGINE],
  ["core/trail.ts", "found.record.expiresAt > Date.now() && ", "", ENGINE],
  ["core/session.ts", "return this.#state.isLoaded", "return true", "unit/session"],
  ["core/session.ts", "state.found = orNone(found)", "state.found = found", ENGINE],
  [
    "core/store-engine.ts",
    "if (!reread) return undefined\n      current",
    "if (!reread) return current\n      current",
    ENGINE,
  ],
  ["core/store-engine.ts", "await end(latest)", "await store.delete(latest.record.id)", ENGINE],
  [
    "core/store-engine.ts",
    "if (!successor && (await remove(current))) return true",
    "if (await remove(current)) return true",
    ENGINE,
  ],
  [
    "core/store-engine.ts",
    "? (await store.replace(trailRecord(id, found.record.id), old.version)) !== undefined",
    "? await store.delete(id)",
    ENGINE,
  ],
  [
    "core/store-engine.ts",
    "await store.delete(found.record.id)\n        return { found: undefined, isGone: true }",
    "return { found: undefined, isGone: true }",
    ENGINE,
  ],
  ["core/store-engine.ts", "if (work.isLogin) return { found, token }", "", ENGINE],
  [
    "core/store-engine.ts",
    "const version = await store.replace(carried, found.version)",
    "const version = found.version",
    ENGINE,
  ],
  [
    "core/store-engine.ts",
    "return (await store.replace(dead, version)) !== undefined",
    "await store.replace(dead, version)\n    return true",
    ENGINE,
  ],
  [
    "core/store-engine.ts",
    "if (version !== undefined) return { token, found: { record, version } }",
    "return { token, found: { record, version: version! } }",
    "security/a-",
  ],
  [
    "core/store-engine.ts",
    "(await store.touch(found.record.id, work.expiresAt)) ? found : undefined",
    "await store.touch(found.record.id, work.expiresAt).then(() => found)",
    "unit/session security/c-",
  ],

  ["core/commit.ts", "latest && latest !== before && view.isStored", "false && latest && before", ENGINE],
  ["core/commit.ts", "if (!state.isDestroyed) throw error", "throw error", CORE],
  ["core/commit.ts", "state.isDestroyed = state.isRotated = state.isLogin = false\n  try", "try", CORE],
  ["core/commit.ts", "state.isDestroyed ||= isDestroyed", "", CORE],

  ["core/commit.ts", 'if (kept.isGone) return "gone"', "", ENGINE],
  [
    "core/commit.ts",
    "if (bytes > settings.maxBytes)\n",
    "if (payload.length > settings.maxBytes)\n",
    "unit/session security/d-",
  ],
  [
    "core/state.ts",
    'if (token !== "" || state.cookie !== undefined || state.nextCookie)',
    "",
    "unit/session laws/adapters",
  ],

  [
    "core/state.ts",
    "if (expiry instanceof Date && expiry.getTime() <= Date.now()) return undefined",
    "",
    CORE,
  ],
  ["core/state.ts", "if (createdAt + settings.absolute * 1000 <= Date.now()) return undefined", "", CORE],
  [
    "core/state.ts",
    "if (successorOf(record)) return undefined",
    "",
    "unit/session security/interleavings security/hostile-handlers",
  ],

  ["core/session.ts", "if (before.userId !== null && before.userId !== userId) this.destroy()", "", CORE],
  ["core/session.ts", "state.isRotated = state.isLogin = true", "state.isLogin = true", CORE],
  ["core/session.ts", "view.createdAt = Date.now()", "", CORE],
  ["core/session.ts", '=== "gone") throw ended()', '=== "gone") return', CORE],
  ["core/session.ts", "await state.busy\n      return", "return", CORE],
  ["core/session.ts", "if (this.#state.isClosed) throw closed()", "", CORE],
  [
    "core/session.ts",
    "this.#loading ??= this.#read()",
    "this.#loading = this.#read()",
    "unit/session laws/adapters",
  ],
  ["core/session.ts", "deleteProperty: refuse,", "", CORE],

  ["core/sessions.ts", "return hold(state, result).then", "return result.then", CORE],
  [
    "core/sessions.ts",
    "if (state.isClosed) return NOTHING",
    "",
    "unit/session laws/adapters security/hostile-handlers",
  ],
  [
    "core/sessions.ts",
    'const headers: [string, string][] = [["vary", varyOnCookie(vary)]]',
    "const headers: [string, string][] = []",
    "laws/adapters",
  ],
  ["core/sessions.ts", ', ["cache-control", "no-store"])', ")", "laws/adapters"],
  ["core/headers.ts", 'names.includes("*") || ', "", "laws/adapters"],

  ["core/token.ts", "randomBytes(32)", "randomBytes(31)", "unit/session security/a-"],
  [
    "core/token.ts",
    'idOf: (token) => hash("sha256", token)',
    "idOf: (token) => token",
    "unit/session security/a-",
  ],
  [
    "core/trail.ts",
    "userId: null, payload: PREFIX",
    'userId: "ada", payload: PREFIX',
    "unit/session security/c- security/interleavings",
  ],

  ["core/cookie.ts", 'if (value && value !== candidate) return ""', "", COOKIE],
  [
    "core/cookie.ts",
    "return code === 0x20 || code === 0x09",
    "return code === 0x20 || code === 0x09 || code === 0xa0",
    COOKIE,
  ],
  ["core/cookie.ts", "if (partitioned && !secure)", "if (false)", COOKIE],
  ["core/cookie.ts", "(?:Host-Http|Http|Host|Secure)-/i", "(?:Host-Http|Http|Host|Secure)-/", COOKIE],
  ["core/cookie.ts", "httpOnly = true,", "httpOnly = false,", COOKIE],
  ["core/options.ts", "if (absolute > MAX_AGE)", "if (false)", "unit/session"],

  [
    "core/cookie-engine.ts",
    "if (!draft || draft.expiresAt <= Date.now()) return undefined",
    "if (!draft) return undefined",
    SEAL,
  ],
  ["core/cookie-engine.ts", "if (bytes > MAX_BYTES)", "if (bytes > MAX_BYTES + 1)", SEAL],
  [
    "core/cookie-engine.ts",
    "isOutdated: ({ version }) => version !== seal.keyId",
    "isOutdated: () => false",
    SEAL,
  ],
  ["core/seal.ts", "`holdfast sealed v1 ${purpose}`", "`holdfast sealed v1`", SEAL],
  ["core/seal.ts", "keys.find(({ start }) => closed.startsWith(start))", "keys[0]", SEAL],
  ["core/seal.ts", "randomBytes(NONCE_BYTES)", "Buffer.alloc(NONCE_BYTES)", SEAL],
  ["core/seal.ts", "decipher.final()", "", SEAL],
  ["core/seal.ts", "if (parts.length !== 3) return undefined", "", SEAL],
  [
    "core/seal.ts",
    'createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES }).setAAD(header)',
    'createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES })',
    SEAL,
  ],
  ["core/seal.ts", "if (bytes < MIN_BYTES)", "if (bytes < MIN_BYTES - 1)", SEAL],

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

  ["stores/memory.ts", "if (live(record.id)) return undefined", "", MEMORY],
  ["stores/memory.ts", "if (live(record.id)?.version !== expected) return undefined", "", MEMORY],
  ["stores/memory.ts", "found.record.expiresAt <= Date.now()", "found.record.expiresAt < 0", MEMORY],
  ["stores/memory.ts", "if (found) put(found)\n", "", `${MEMORY} unit/memory-store`],
  ["stores/memory.ts", "makeRoom()\n      const", "const", `${MEMORY} unit/memory-store`],
  ["stores/memory.ts", "version: found.version })", "version: ++lastVersion })", MEMORY],
  ["stores/memory.ts", "record.id !== exceptId", "true", MEMORY],

  ["stores/sql-statements.ts", ".where(hasVersion)\n        .where(isLive)", ".where(isLive)", SQL],
  ["stores/sql-statements.ts", "              .where(hasVersion)\n", "", SQL],
  ["stores/sql-statements.ts", '.where(sql<SqlBool>`${sql.ref("user_id")} is ${value("userId")}`)', "", SQL],
  [
    "stores/sql-statements.ts",
    '.where(sql<SqlBool>`${sql.ref("expires_at")} = ${value("expiresAt")}`)\n              .where(isLive)',
    ".where(isLive)",
    SQL,
  ],
  [
    "stores/sql-statements.ts",
    '.where(sql<SqlBool>`${sql.ref("expires_at")} = ${value("expiresAt")}`)\n              .where(isLive)',
    '.where(sql<SqlBool>`${sql.ref("expires_at")} = ${value("expiresAt")}`)',
    SQL,
  ],
  ["stores/sql.ts", "(rewrite && (await write(rewrite, values)) > 0) ||", "", SQL],
  ["stores/sql-schema.ts", " WITH (fillfactor = 90)", "", "laws/postgres"],
  [
    "stores/sql-statements.ts",
    '.set({ expires_at: value("expiresAt") })\n        .where(is("id", "id"))\n        .where(isLive)',
    '.set({ expires_at: value("expiresAt") })\n        .where(is("id", "id"))',
    SQL,
  ],
  [
    "stores/sql-statements.ts",
    '.where(is("user_id", "userId"))\n        .where(isLive),\n    ),\n    // MySQL',
    '.where(is("user_id", "userId")),\n    ),\n    // MySQL',
    SQL,
  ],
  ["stores/sql.ts", "const version = Math.floor(Math.random() * 2 ** 48)", "const version = 1", SQL],
  ["stores/sql.ts", "const nextVersion = Number(version) + 1", "const nextVersion = Number(version)", SQL],
  ["stores/sql.ts", "if (batch < batchSize) break", "break", SQL],

  [
    "stores/redis.ts",
    "before.owner === owner && expiresAt <= before.expiresAt",
    "before.owner === owner",
    REDIS,
  ],
  ["stores/redis.ts", "isNew ? [place, call, place] : [place, call]", "[place, call]", REDIS],
  [
    "stores/redis.ts",
    "isNew ? [place, call, place] : [place, call]",
    "isNew ? [call, place] : [call]",
    REDIS,
  ],
  ["stores/redis-client.ts", "client.isReady === true", "false", REDIS],
  ["stores/redis-client.ts", "client.isReady === true", "true", REDIS],
  ["stores/redis-scripts.ts", "if mark ~= ARGV[1] then return false end", "", REDIS],
  ["stores/redis-scripts.ts", "if KEYS[3] then redis.pcall('ZREM', KEYS[3], ARGV[5]) end", "", REDIS],
  ["stores/redis-scripts.ts", "elseif KEYS[2] then redis.pcall", "elseif false then redis.pcall", REDIS],
  ["stores/redis-scripts.ts", "elseif KEYS[2] then redis.pcall", "elseif KEYS[2] then redis.call", REDIS],
  ["stores/redis-scripts.ts", "if ARGV[6] == '1' then ${enlist", "if false then ${enlist", REDIS],
  ["stores/redis-scripts.ts", "if KEYS[2] then ${enlist", "if false then ${enlist", REDIS],
  ["stores/redis.ts", "isTogether = false\n", "", REDIS],
  ["stores/redis.ts", "isTogether || call.keys.length === 1", "true", REDIS],
  ["stores/record-text.ts", "drawn += 12\n", "drawn += 0\n", REDIS],
  [
    "stores/sql-schema.ts",
    "/^(?:[A-Za-z_]\\w{0,47}\\.)?[A-Za-z_]\\w{0,47}$/.test(table)",
    "/^.*$/.test(table)",
    SQL,
  ],
]

const root = join(import.meta.dirname, "..")
const copy = mkdtempSync(join(tmpdir(), "holdfast-mutations-"))
for (const name of ["src", "test", "package.json", "tsconfig.json", "vitest.config.ts"])
  cpSync(join(root, name), join(copy, name), { recursive: true })
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"))

let survivors = 0
const sound = new Set<string>()
try {
  for (const [file, from, to, tests] of MUTATIONS) {
    if (!file.includes(process.argv[2] ?? "")) continue
    const path = join(copy, "src", file)
    const text = readFileSync(path, "utf8")
    const change = `${file.padEnd(24)} ${from.replaceAll(/\s+/g, " ").slice(0, 70).padEnd(70)}`
    if (text.split(from).length !== 2) {
      console.log(`STALE    ${change} is there ${text.split(from).length - 1} times`)
      survivors++
      continue
    }
    // What fails anyway catches nothing.
    if (!sound.has(tests) && !pass(tests)) throw new Error(`Unbroken sources fail already: ${tests}`)
    sound.add(tests)
    writeFileSync(
      path,
      text.replace(from, () => to),
    )
    const isCaught = !pass(tests)
    writeFileSync(path, text)
    if (!isCaught) survivors++
    console.log(`${isCaught ? "caught  " : "SURVIVED"} ${change} ${tests}`)
  }
} finally {
  rmSync(copy, { recursive: true })
}
console.log(survivors === 0 ? "All were caught." : `${survivors} were not caught.`)
process.exitCode = survivors === 0 ? 0 : 1

function pass(tests: string): boolean {
  const files = tests.split(" ").map((name) => `test/${name}`)
  const flags = ["--project", "unit", "--project", "laws", "--bail", "1", "--testTimeout", "10000"]
  const vitest = join(copy, "node_modules/vitest/vitest.mjs")
  const { status } = spawnSync(process.execPath, [vitest, "run", ...flags, ...files], {
    cwd: copy,
    timeout: 180_000,
    env: {
      ...process.env,
      CI: "1",
      STORES: ["memory", "sqlite", ...SERVERS.filter((name) => tests.includes(name))].join(),
    },
  })
  return status === 0
}
