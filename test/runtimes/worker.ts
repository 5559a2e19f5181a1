/** A Worker with a site on sealed sessions, and at `/laws` what became of the laws in it: a line of JSON for each. */
import { session } from "../../src/adapters/fetch.ts"
import { createSessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { type SqlDatabase, sqlStore } from "../../src/stores/sql/index.ts"
import { adapterLaws, type OpenedStore, type Serve, storeLaws } from "../../src/testing/index.ts"
import { type Fetch, fetchSites } from "../adapters/fetch-sites.ts"
import { collectLaws, type Verdict } from "./collected.ts"

/** A Worker can't listen, so the laws' requests to these names go where they would go from outside. */
const sites = new Map<string, Fetch>()
globalThis.fetch = async (input, init) => {
  const request = new Request(input, init)
  const site = sites.get(new URL(request.url).hostname)
  if (!site) throw new TypeError(`Nobody listens at ${request.url}`)
  return site(request)
}

const sessions = createSessions<{ clicks?: number }>({ seal: ["0123456789abcdefghijklmnopqrstuvwxyz"] })
const site = session(sessions)((_request, { data }) => {
  data.clicks = (data.clicks ?? 0) + 1
  return new Response(String(data.clicks))
})

export default {
  async fetch(request: Request, env: Bindings): Promise<Response> {
    if (!request.url.endsWith("/laws")) return site(request)
    const laws = collectLaws()
    storeLaws("memory", openMemory, laws)
    storeLaws("d1", () => openD1(env.D1), laws)
    for (const [name, serve] of Object.entries(fetchSites(listen))) {
      adapterLaws(`${name}, memory`, serve, { open: openMemory }, laws)
      adapterLaws(`${name}, sealed`, serve, { seal: ["0123456789abcdefghijklmnopqrstuvwxyz"] }, laws)
    }
    const verdicts: Verdict[] = []
    await laws.run((verdict) => verdicts.push(verdict))
    return Response.json(verdicts)
  },
}

/** What the Worker is given beside requests. */
interface Bindings {
  readonly D1: unknown
}

let tables = 0

/** A table of its own in Cloudflare's database, through a dialect of Kysely. */
async function openD1(database: unknown): Promise<OpenedStore> {
  const { D1Dialect } = await import("kysely-d1" as string)
  const store = sqlStore(new D1Dialect({ database }) as SqlDatabase, { table: `laws_${++tables}` })
  await store.migrate()
  return { store }
}

async function openMemory(): Promise<OpenedStore> {
  return { store: memoryStore() }
}

async function listen(fetch: Fetch): ReturnType<Serve> {
  const name = `site-${sites.size}.test`
  sites.set(name, fetch)
  return { url: `http://${name}`, close: async () => {} }
}
