import type { Address, Backend, Opening } from "../backend.ts"
import { loaded } from "../package.ts"
import { COMMAND_OPTIONS, connected, loginOf, redisBackend } from "./connect.ts"

/** The Redis server that Sentinel points to, through `redis`. */
export async function open(address: Address, opening: Opening): Promise<Backend> {
  const { createSentinel } = await loaded("redis@6", () => import("redis"))
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
  return redisBackend(sentinel, await connected(sentinel, opening), address, async () => [node])
}
