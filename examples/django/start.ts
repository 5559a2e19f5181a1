import type { AddressInfo } from "node:net"
import { createApp } from "./app.ts"
import { database } from "./sessions.ts"
import { startSite } from "./site.ts"

const wanted = Number(process.env.PORT ?? 3000)

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
  const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE"
  const free = `Port ${wanted} is in use by another program; choose another one: PORT=${wanted + 1} npm run start:django`
  console.error(isTaken ? free : error.message)
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
    database.close()
    site.close()
  })
  server.closeIdleConnections()
  setTimeout(() => server.closeAllConnections(), 1000).unref()
}

process.once("SIGINT", close)
process.once("SIGTERM", close)
