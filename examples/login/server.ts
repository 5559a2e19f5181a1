import type { AddressInfo } from "node:net"
import { refusal, wanted } from "../port.ts"
import { app } from "./app.ts"
import { store } from "./sessions.ts"

const server = app.listen(wanted, async (error) => {
  if (!error) {
    const { port } = server.address() as AddressInfo
    console.log(`The login example is at http://localhost:${port}/myapp/connection (Ctrl-C ends it)`)
    return
  }
  console.error(refusal(error, wanted, "npm start"))
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
