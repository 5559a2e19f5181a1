import { connect } from "node:net"
import type { Address } from "../backend.ts"

/** What a server tells of itself. */
export interface Stats {
  readonly figures: ReadonlyMap<string, string>
  readonly settings: ReadonlyMap<string, string>
}

/** Asks the server, over a connection of its own. */
export function statsOf({ host, port }: Address["hosts"][number]): Promise<Stats> {
  return new Promise((resolve, reject) => {
    let text = ""
    const socket = connect({ host, port }, () => socket.write("stats\r\nstats settings\r\n"))
    socket.setTimeout(PATIENCE, () => socket.destroy(new Error(`no answer within ${PATIENCE} ms`)))
    socket.on("data", (chunk) => {
      text += chunk
      const [refusal] = /^(?:CLIENT_|SERVER_)?ERROR.*(?=\r)/m.exec(text) ?? []
      if (refusal !== undefined) socket.destroy(new Error(`memcached answered ${refusal}`))
      const [figures = "", settings = "", rest] = text.split(/^END\r\n/m)
      if (rest === undefined) return
      socket.end()
      resolve({ figures: pairsIn(figures), settings: pairsIn(settings) })
    })
    socket.once("error", reject)
    socket.once("close", () => reject(new Error("the connection was closed")))
  })
}

function pairsIn(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/^STAT (\S+) (.*)\r$/gm)].map(([, name = "", value = ""]) => [name, value]),
  )
}

/** In milliseconds. */
const PATIENCE = 5000
