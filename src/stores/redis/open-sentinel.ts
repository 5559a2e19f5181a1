import type { Address, Backend, Opening } from "../backend.ts"
import { loaded } from "../package.ts"
import { COMMAND_OPTIONS, connected, loginOf, redisBackend } from "./connect.ts"
import { sentinelFinding } from "./sentinels.ts"

/** The Redis server that Sentinel points to, through `redis`. */
export async function open(address: Address, opening: Opening): Promise<Backend> {
  const { createClient, createSentinel } = await loaded("redis@6", () => import("redis"))
  const login = loginOf(address)
  const { path: name, hosts } = address
  const sentinel = createSentinel({
    name,
    sentinelRootNodes: [...hosts],
    nodeClientOptions: login,
    sentinelClientOptions: { socket: login.socket },
    commandOptions: COMMAND_OPTIONS,
  })
  const node = { name, ask: (...command: string[]) => sentinel.sendCommand(false, command) }
  const watchers = hosts.map(({ host, port }) => ({
    name: `${host}:${port}`,
    async ask(...command: string[]) {
      const socket = { ...login.socket, host, port, connectTimeout: 1000, reconnectStrategy: false } as const
      const watcher = createClient({ socket }).on("error", () => {})
      await watcher.connect()
      return watcher.sendCommand(command).finally(() => watcher.destroy())
    },
  }))
  return redisBackend(sentinel, await connected(sentinel, address, opening), address, {
    way: "sentinel",
    nodes: async () => [node],
    watchers: async () => [await sentinelFinding(watchers, name)],
  })
}
