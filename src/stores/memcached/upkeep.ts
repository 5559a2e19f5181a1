import { type Address, type Upkeep, unable } from "../backend.ts"
import { clockFinding } from "../clock-finding.ts"
import { findingsOf } from "./findings.ts"
import { type Stats, statsOf } from "./stats.ts"

/** memcached, which removes what is dead by itself and can't tell what it holds. */
export function memcachedUpkeep(
  server: Address["hosts"][number],
  prefix?: string,
): Omit<Upkeep, "connected"> {
  return {
    countExpired: async () => 0,
    async deleteAll() {
      throw unable(
        `memcached can't list its keys. Give the application another prefix (?prefix=) than ${prefix ?? "the usual one"}, and everybody is signed out`,
      )
    },
    clock: async () => timeIn(await statsOf(server)),
    async inspect() {
      let stats: Stats | undefined
      const clock = await clockFinding(async () => {
        stats = await statsOf(server)
        return timeIn(stats)
      })
      const [ofServer, ...others] = findingsOf(stats!)
      return [ofServer!, clock, ...others]
    },
  }
}

/** The server counts whole seconds; on average half of one has passed. */
function timeIn({ figures }: Stats): number {
  return Number(figures.get("time")) * 1000 + 500
}
