import { ARENAS } from "../backends.ts"
import type { FrameworkName } from "./sites.ts"
import type { Place } from "./verdict.ts"

/** A place that is open until it is closed. */
export type OpenPlace = Place & { close(): Promise<void> }

/** Where our sessions are tried out: every store that processes can share, and memory in one process. */
export const PLACES: Readonly<Record<string, () => Promise<OpenPlace>>> = {
  ...Object.fromEntries(
    Object.entries(ARENAS).map(([name, open]) => [
      name,
      async (): Promise<OpenPlace> => {
        const arena = await open()
        return {
          url: arena.url,
          arena,
          isCached: name === "cached",
          hasNoUsers: name === "memcached",
          processes: 3,
          close: arena.close,
        }
      },
    ]),
  ),
  memory: async () => ({ url: "memory:", processes: 1, close: async () => {} }),
}

export const FRAMEWORKS: readonly FrameworkName[] = ["express", "fastify", "koa", "hono"]
