import { connect } from "node:net"
import { type Address, type Finding, type Upkeep, unable } from "../backend.ts"
import { clockFinding } from "../clock-finding.ts"

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
    async inspect() {
      let stats = new Map<string, string>()
      const clock = await clockFinding(async () => {
        stats = await ask(server)
        return Number(stats.get("time")) * 1000 + 500
      })
      const version = stats.get("version") ?? "unknown"
      const isOld = /^(?:0|1\.[0-5])\./.test(version)
      const evicted = Number(stats.get("evictions") ?? 0)
      const used = percent(Number(stats.get("bytes")), Number(stats.get("limit_maxbytes")))
      const findings: Finding[] = [
        {
          name: "server",
          value: `memcached ${version}`,
          ...(isOld && { problem: "holdfast needs memcached 1.6: bring it up to date" }),
        },
        clock,
        {
          name: "memory",
          value: `${used} used, ${evicted} evicted`,
          ...(evicted > 0 && {
            problem:
              "It throws living sessions away to make room. Give it more memory (-m), or sessions a server of their own",
          }),
        },
        { name: "persistence", value: "none: its restart signs everybody out" },
      ]
      return findings
    },
  }
}

function percent(part: number, whole: number): string {
  return `${((part / whole) * 100).toFixed(0)} %`
}

/** The server's own figures. */
function ask({ host, port }: { host: string; port: number }): Promise<Map<string, string>> {
  return new Promise((resolve, reject) => {
    let text = ""
    const socket = connect({ host, port }, () => socket.write("stats\r\n"))
    socket.setTimeout(5000, () => socket.destroy(new Error("no answer within 5000 ms")))
    socket.on("data", (chunk) => {
      text += chunk
      if (!text.endsWith("END\r\n")) return
      socket.end()
      resolve(
        new Map(
          [...text.matchAll(/^STAT (\S+) (.*)\r$/gm)].map(([, name = "", value = ""]) => [name, value]),
        ),
      )
    })
    socket.once("error", reject)
    socket.once("close", () => reject(new Error("the connection was closed")))
  })
}
