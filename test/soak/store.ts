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
    ...cachedStore(fast!, durable!),
    migrate: () => durable!.migrate(),
    async close() {
      await Promise.all([fast!.close(), durable!.close()])
    },
  }
}
