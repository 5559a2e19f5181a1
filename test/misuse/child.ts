import { once } from "node:events"
import { type IncomingMessage, request } from "node:http"
import { connect } from "node:http2"
import { setTimeout as sleep } from "node:timers/promises"
import { createSessions, type Sessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { ROWS } from "./rows.ts"
import { hasRow, SERVERS, type Site, type Tell, type Touch } from "./servers.ts"

// Serves every row four times: without sessions, with a commit that has nothing to store, one that waits for its store,
// and one whose store fails. Prints what clients and pages saw, as JSON. A process of its own, since rows may end it.

const KINDS = ["bare", "once", "pending", "failing"] as const
export type Kind = (typeof KINDS)[number]
export interface Seen {
  readonly client: unknown
  readonly page: readonly unknown[]
  readonly process: readonly unknown[]
}

const server = process.argv[2]!
let uncaught: unknown[] = []
process.on("uncaughtException", (error) => uncaught.push(codeOf(error)))
process.on("unhandledRejection", (error) => uncaught.push(`rejection ${codeOf(error)}`))
console.error = () => {}

/** Notes values, or what a function throws. */
function tellInto(page: unknown[]): Tell {
  return (...what) => {
    for (const one of what) page.push(typeof one === "function" ? attempt(one as () => unknown) : codeOf(one))
  }
}

function attempt(work: () => unknown): unknown {
  try {
    work()
    return "fine"
  } catch (error) {
    return codeOf(error)
  }
}

function codeOf(value: unknown): unknown {
  const { code, message } = Object(value) as { code?: string; message?: string }
  return code ?? message ?? value
}

function sessionsFor(kind: Kind): Sessions | undefined {
  if (kind === "bare") return undefined
  const store = memoryStore()
  const create: typeof store.create = async (record) => {
    await sleep(10)
    if (kind === "failing") throw new Error("down")
    return store.create(record)
  }
  return createSessions({ store: { ...store, create }, cookie: { secure: false } })
}

const touch: Touch = (session) => void (session && Object.assign(session.data, { n: 1 }))
const look: Touch = (session) => void session?.userId

async function see(site: Site, name: string, method: string): Promise<unknown> {
  const path = `/${encodeURIComponent(name)}`
  const seen: Record<string, unknown> = {}
  const asked = server === "http2" ? askHttp2(site, path, method, seen) : ask(site, path, method, seen)
  const patience = new AbortController()
  const hangs = await Promise.race([asked, pass(2000, 100, patience.signal)])
  patience.abort()
  return { ...seen, ...(hangs && { hangs }) }
}

/**
 * Resolves after so many milliseconds, a step at a time: a turn of the event loop comes between two steps, however long a
 * busy machine keeps this process waiting.
 */
async function pass(milliseconds: number, step: number, signal?: AbortSignal): Promise<true> {
  for (let n = 0; n < milliseconds && !signal?.aborted; n += step) await sleep(step)
  return true
}

async function ask(
  site: Site,
  path: string,
  method: string,
  seen: Record<string, unknown>,
): Promise<undefined> {
  const req = request({ port: site.port, path, method, agent: false, insecureHTTPParser: true })
  req.on("information", ({ statusCode }) => Object.assign(seen, { information: statusCode }))
  req.end()
  req.on("error", () => {})
  try {
    const [res] = (await once(req, "response")) as [IncomingMessage]
    let body = ""
    const { statusCode: status = 0, statusMessage: reason } = res
    // Node leaves the reason of a head that it has refused on the response, for the error's answer.
    Object.assign(seen, { status, headers: without(res.headers), ...(status < 400 && { reason }) })
    res.on("data", (chunk) => {
      body += chunk
    })
    await new Promise((resolve) => res.once("close", resolve).once("error", resolve))
    Object.assign(seen, { body: shorten(body), complete: res.complete, trailers: res.trailers })
  } catch {
    Object.assign(seen, { cut: true })
  }
}

async function askHttp2(
  site: Site,
  path: string,
  method: string,
  seen: Record<string, unknown>,
): Promise<undefined> {
  const client = connect(`http://127.0.0.1:${site.port}`).on("error", () => {})
  const stream = client.request({ ":path": path, ":method": method })
  stream.on("trailers", (trailers) => Object.assign(seen, { trailers: { ...trailers } }))
  stream.on("response", ({ ":status": status, ...headers }) =>
    Object.assign(seen, { status, headers: without(headers) }),
  )
  let body = ""
  stream.on("data", (chunk) => {
    body += chunk
  })
  stream.on("error", () => {})
  await new Promise((resolve) => stream.once("close", resolve))
  Object.assign(seen, { body: shorten(body), code: stream.rstCode })
  client.destroy()
}

/** The headers, without what differs from run to run and what sessions add. */
function without(headers: object): object {
  const { vary, ...rest } = { ...headers } as Record<string, unknown>
  for (const name of ["date", "keep-alive", "cache-control", "set-cookie", "etag"]) delete rest[name]
  return rest
}

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 20)}… ${text.length}` : text
}

const sites = {} as Record<Kind, Site>
const pages = {} as Record<Kind, unknown[]>
for (const kind of KINDS) {
  const tell: Tell = (...what) => tellInto(pages[kind])(...what)
  sites[kind] = await SERVERS[server]!(sessionsFor(kind), kind === "once" ? look : touch, tell)
}

async function seeOne(kind: Kind, name: string, method: string): Promise<Seen> {
  const page: unknown[] = []
  pages[kind] = page
  const client = await see(sites[kind], name, method)
  await pass(20, 1) // what comes after the answer
  return { client, page, process: uncaught }
}

/** All at once; where something is uncaught, one by one, to know whose it is. */
async function seeAll(name: string, method: string): Promise<Record<Kind, Seen>> {
  uncaught = []
  const seen = await Promise.all(KINDS.map((kind) => seeOne(kind, name, method)))
  if (uncaught.length > 0)
    for (const [n, kind] of KINDS.entries()) {
      uncaught = []
      seen[n] = await seeOne(kind, name, method)
    }
  return Object.fromEntries(KINDS.map((kind, n) => [kind, seen[n]!])) as Record<Kind, Seen>
}

const report: Record<string, Record<Kind, Seen>> = {}
for (const [name, row] of ROWS)
  if (hasRow(server, row)) report[name] = await seeAll(name, row.method ?? "GET")
process.stdout.write(JSON.stringify(report), () => process.exit())
