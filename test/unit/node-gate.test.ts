import { once } from "node:events"
import { Agent, createServer, get, type IncomingMessage } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { setFlagsFromString } from "node:v8"
import { expect, it } from "vitest"
import { session } from "../../src/adapters/node.ts"
import { createSessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory.ts"

// An object whose properties come and go turns into a hash table, and slows down all code that ever meets it; what is
// put anew on a connection keeps the garbage of old requests alive. Both went unseen for long, since all works as before.

setFlagsFromString("--allow-natives-syntax")
const isFast = new Function("object", "return %HasFastProperties(object)") as (object: object) => boolean
setFlagsFromString("--no-allow-natives-syntax")

it("leaves a response and its connection as fast as they were, also when it waited for a commit", async () => {
  const sessions = createSessions({ store: memoryStore(), cookie: { secure: false } })
  const areFast: boolean[] = []
  const sockets = new Set<Socket>()
  const whileWaiting = new Set<unknown>()
  const server = createServer(
    session(sessions)((req, res) => {
      req.session.data.n = Number(req.session.data.n ?? 0) + 1
      res.setHeader("x-count", String(req.session.data.n))
      const { socket } = req
      sockets.add(socket)
      res.on("finish", () => areFast.push(isFast(res), isFast(socket)))
      res.end("done")
      whileWaiting.add(socket.destroy)
    }),
  ).listen(0, "127.0.0.1")
  await once(server, "listening")
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  let cookie = ""
  for (let n = 1; n <= 5; n++) {
    const [answer] = (await once(
      get({ port: (server.address() as AddressInfo).port, agent, headers: { cookie } }),
      "response",
    )) as [IncomingMessage]
    answer.resume()
    await once(answer, "end")
    expect(answer.headers["x-count"]).toBe(`${n}`)
    cookie = answer.headers["set-cookie"]?.[0]?.split(";")[0] ?? cookie
  }
  agent.destroy()
  server.close()
  expect(sockets.size).toBe(1)
  expect(areFast).toEqual(Array(10).fill(true))
  expect(whileWaiting.size).toBe(1)
})
