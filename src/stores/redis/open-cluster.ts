import type { Address, Backend, Opening } from "../backend.ts"
import { loaded } from "../package.ts"
import { COMMAND_OPTIONS, connected, loginOf, redisBackend } from "./connect.ts"
import type { RedisNode } from "./facts.ts"

/** A Redis Cluster, through `redis`. */
export async function open(address: Address, opening: Opening): Promise<Backend> {
  const { createCluster } = await loaded("redis@6", () => import("redis"))
  const login = loginOf(address)
  const cluster = createCluster({
    rootNodes: address.hosts.map(({ host, port }) => ({ socket: { ...login.socket, host, port } })),
    defaults: login,
    commandOptions: COMMAND_OPTIONS,
  })
  const nodes = (): Promise<RedisNode[]> =>
    Promise.all(
      cluster.masters.map(async (master) => {
        const client = await cluster.nodeClient(master)
        return { name: master.address, ask: (...command) => client.sendCommand(command) }
      }),
    )
  return redisBackend(cluster, await connected(cluster, address, opening), address, { way: "cluster", nodes })
}
