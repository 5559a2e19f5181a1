import { type ServerClock, serverClock } from "../server-clock.ts"
import type { Keys } from "./layout.ts"
import type { RedisLink } from "./link.ts"

/** The clock of the server, or of one of a Cluster, that ends sessions. A user who may not ask for it goes by this machine's. */
export function redisClock(link: RedisLink, keys: Keys): ServerClock {
  return serverClock(async () => {
    try {
      const [reply] = await link.send(keys.session(""), [["TIME"]])
      return timeFrom(reply)
    } catch (error) {
      if (/^NOPERM|unknown command/i.test((error as Error).message)) return undefined
      throw error
    }
  })
}

/** Epoch milliseconds of what TIME answers: seconds, and the microseconds on top. */
export function timeFrom(reply: unknown): number {
  const [seconds, micros] = reply as [unknown, unknown]
  return Number(seconds) * 1000 + Number(micros) / 1000
}
