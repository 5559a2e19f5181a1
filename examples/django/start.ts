import type { AddressInfo } from "node:net"
import { refusal, wanted } from "../port.ts"
import { createApp } from "./app.ts"
import { database } from "./sessions.ts"
import { startSite } from "./site.ts"

const site = await startSite().catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})

const server = createApp(site.port).listen(wanted, (error) => {
  if (!error) {
    const { port } = server.address() as AddressInfo
    console.log(`Django and Node share their sessions at http://localhost:${port}/ (Ctrl-C ends both)`)
    return
  }
  console.error(refusal(error, wanted, "npm run start:django"))
  process.exitCode = 1
  close()
})

site.process.once("exit", () => {
  if (!server.listening) return
  console.error("The Django site has ended, and so does this")
  process.exitCode = 1
  close()
})

/** Lets the requests under way finish, a second at most, then ends the site. */
function close(): void {
  server.close(() => {
    if (database.isOpen) database.close()
    site.close()
  })
  server.closeIdleConnections()
  setTimeout(() => server.closeAllConnections(), 1000).unref()
}

process.once("SIGINT", close)
process.once("SIGTERM", close)
