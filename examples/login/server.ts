import type { AddressInfo } from "node:net"
import { app } from "./app.ts"
import { store } from "./sessions.ts"

const wanted = Number(process.env.PORT ?? 3000)

const server = app.listen(wanted, async (error) => {
  if (!error) {
    const { port } = server.address() as AddressInfo
    console.log(`The login example is at http://localhost:${port}/myapp/connection (Ctrl-C ends it)`)
    return
  }
  const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE"
  const free = `Port ${wanted} is in use by another program; choose another one: PORT=${wanted + 1} npm start`
  console.error(isTaken ? free : error.message)
  process.exitCode = 1
  await store.close()
})

/** Lets the requests under way finish, then closes the store; with that nothing is left to run. */
function close(): void {
  server.close(() => store.close())
  // Browsers keep connections open that they never use; a request gets two seconds to finish.
  server.closeIdleConnections()
  setTimeout(() => server.closeAllConnections(), 2000).unref()
}

process.once("SIGINT", close)
process.once("SIGTERM", close)
