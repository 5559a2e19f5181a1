/**
 * The laws on the runtime that runs this file, Bun or Deno: a line of JSON for each as it ends.
 *
 *     bun test/runtimes/laws.ts '{"redis":"redis://…"}'
 */
import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { type SqlDatabase, sqlStore } from "../../src/stores/sql/index.ts"
import { storeFromUrl } from "../../src/stores/url/index.ts"
import { adapterLaws, type OpenedStore, type Serve, storeLaws } from "../../src/testing/index.ts"
import { type Fetch, fetchSites } from "../adapters/fetch-sites.ts"
import { adapters } from "../adapters/serve.ts"
import { collectLaws } from "./collected.ts"

const { Bun, Deno } = globalThis as {
  readonly Bun?: { serve(options: object): { port: number; stop(force: boolean): Promise<void> } }
  readonly Deno?: {
    serve(options: object, fetch: Fetch): { addr: { port: number }; shutdown(): Promise<void> }
  }
}

const directory = mkdtempSync(join(tmpdir(), "holdfast-runtime-"))
const urls = {
  sqlite: `sqlite:${join(directory, "sessions.db")}`,
  file: `file:${join(directory, "sessions")}`,
  ...(JSON.parse(process.argv[2] ?? "{}") as Record<string, string>),
}
const laws = collectLaws()
storeLaws("memory", openMemory, laws)
for (const [name, url] of Object.entries(urls)) storeLaws(name, () => openUrl(url), laws)
if (Bun) storeLaws("bun:sqlite", openBunSqlite, laws)
// Those that speak fetch on the runtime's own server, the others on its node:http.
for (const [name, serve] of Object.entries({ ...adapters, ...fetchSites(listen) })) {
  adapterLaws(`${name}, memory`, serve, { open: openMemory }, laws)
  adapterLaws(`${name}, sealed`, serve, { seal: ["0123456789abcdefghijklmnopqrstuvwxyz"] }, laws)
}
try {
  await laws.run((verdict) => console.log(JSON.stringify(verdict)))
} finally {
  rmSync(directory, { recursive: true })
}
process.exit()

async function openMemory(): Promise<OpenedStore> {
  return { store: memoryStore() }
}

/** A table or a prefix of its own each time, where the URL can say so. */
async function openUrl(url: string): Promise<OpenedStore> {
  const name = `runtime_${randomBytes(6).toString("hex")}`
  const option = /^(?:redis|memcached):/.test(url) ? "prefix" : "table"
  const store = await storeFromUrl(url.startsWith("file:") ? url : `${url}?${option}=${name}`)
  await store.migrate()
  return { store, close: store.close }
}

async function openBunSqlite(): Promise<OpenedStore> {
  const { Database } = await import("bun:sqlite" as string)
  const database = new Database(":memory:") as SqlDatabase & { close(): void }
  const store = sqlStore(database)
  await store.migrate()
  return { store, close: async () => database.close() }
}

async function listen(fetch: Fetch): ReturnType<Serve> {
  const where = { port: 0, hostname: "127.0.0.1" }
  if (Bun) {
    const server = Bun.serve({ ...where, fetch })
    return { url: `http://127.0.0.1:${server.port}`, close: () => server.stop(true) }
  }
  const server = Deno!.serve({ ...where, onListen: () => {} }, fetch)
  return { url: `http://127.0.0.1:${server.addr.port}`, close: () => server.shutdown() }
}
