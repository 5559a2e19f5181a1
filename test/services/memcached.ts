import { connect } from "node:net"
import { ensure } from "./programs.ts"
import { ordinaryUser, type Server, startServer } from "./server.ts"

/** Starts a memcached server. It forgets everything when it ends, as memcached does. */
export async function startMemcached({
  args = [],
}: {
  readonly args?: readonly string[]
} = {}): Promise<Server> {
  const command = ensure("memcached")
  if (!command) throw new Error("memcached is not installed")
  return startServer({
    name: "memcached",
    command,
    args: (port) => ["-l", "127.0.0.1", "-p", `${port}`, "-U", "0", ...args],
    user: ordinaryUser("nobody"),
    isReady: answers,
    url: (port) => `memcached://127.0.0.1:${port}`,
  })
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("mn\r\n"))
    socket.setTimeout(1000, () => socket.destroy())
    socket.on("error", () => {})
    socket.once("data", () => {
      resolve(true)
      socket.destroy()
    })
    socket.once("close", () => resolve(false))
  })
}
