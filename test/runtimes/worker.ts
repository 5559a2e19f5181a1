/** A Worker that answers with what became of the laws in it: a line of JSON for each. */
import { memoryStore } from "../../src/stores/memory.ts"
import { adapterLaws, type OpenedStore, type Serve, storeLaws } from "../../src/testing/index.ts"
import { type Fetch, fetchSites } from "../adapters/fetch-sites.ts"
import { collectLaws } from "./collected.ts"

/** A Worker can't listen, so requests to these names go where they would go from outside. */
const sites = new Map<string, Fetch>()
globalThis.fetch = async (input, init) => {
  const request = new Request(input, init)
  const site = sites.get(new URL(request.url).hostname)
  if (!site) throw new TypeError(`Nobody listens at ${request.url}`)
  return site(request)
}

export default {
  async fetch(): Promise<Response> {
    const laws = collectLaws()
    storeLaws("memory", openMemory, laws)
    for (const [name, serve] of Object.entries(fetchSites(listen))) {
      adapterLaws(`${name}, memory`, serve, { open: openMemory }, laws)
      adapterLaws(`${name}, sealed`, serve, { seal: ["0123456789abcdefghijklmnopqrstuvwxyz"] }, laws)
    }
    const lines: string[] = []
    await laws.run((verdict) => lines.push(JSON.stringify(verdict)))
    return new Response(lines.join("\n"))
  },
}

async function openMemory(): Promise<OpenedStore> {
  return { store: memoryStore() }
}

async function listen(fetch: Fetch): ReturnType<Serve> {
  const name = `site-${sites.size}.test`
  sites.set(name, fetch)
  return { url: `http://${name}`, close: async () => {} }
}
