import type { RedisClientType } from "redis"
import type { Address, Backend, Link, Opening } from "../backend.ts"
import { loaded } from "../package.ts"
import { COMMAND_OPTIONS, connected, redisBackend, TIMEOUT } from "./connect.ts"

/** One Redis server, through `redis`. */
export async function open(address: Address, opening: Opening): Promise<Backend> {
  const link = await connectedServer(address, opening)
  const { client } = link
  const node = { name: address.label, ask: (...command: string[]) => client.sendCommand(command) }
  return redisBackend(client, link, address, { way: "address", nodes: async () => [node] })
}

/** The client of one server, which tries to connect for as long as it is not closed. */
export async function connectedServer(address: Address, opening: Opening): Promise<Link<RedisClientType>> {
  const { createClient } = await loaded("redis@6", () => import("redis"))
  const client: RedisClientType = createClient({
    url: address.url,
    socket: { connectTimeout: TIMEOUT },
    commandOptions: COMMAND_OPTIONS,
  })
  return { client, ...(await connected(client, address, opening)) }
}
