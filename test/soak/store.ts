import { type OpenStore, storeFromUrl } from "../../src/stores/url/index.ts"

/** The store a URL names; `cached:FAST|DURABLE` is one in front of another. */
export async function openStore(url: string): Promise<OpenStore> {
  if (!url.startsWith("cached:")) return storeFromUrl(url)
  const { cachedStore } = await import("../../src/stores/cached/index.ts")
  const [fast, durable] = await Promise.all(
    url
      .slice("cached:".length)
      .split("|")
      .map((part) => storeFromUrl(part)),
  )
  return {
    // What the cache was not told in time, other processes may see for a while: that is no fault, and not what is looked for.
    ...cachedStore(fast!, durable!, { timeout: 20 }),
    migrate: () => durable!.migrate(),
    async close() {
      await Promise.all([fast!.close(), durable!.close()])
    },
  }
}
