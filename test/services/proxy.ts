import { connect, createServer, type Socket } from "node:net"

/** A wire between a client and a server on this machine, and the scissors. */
export interface Wire {
  readonly port: number
  /** From now on what the server answers is lost, and the connection with it: the request did arrive. */
  dropAnswers(): void
  /** Lets answers through again. */
  passAnswers(): void
  /** From now on nothing comes back, and nobody is told: the connections stay open. */
  fallSilent(): void
  /** Cuts every connection; new ones may come. */
  cut(): void
  /** Leads new connections to another server, as a name does that was given to it; those that are open stay where they are. */
  moveTo(port: number): void
  close(): Promise<void>
}

/** Opens a way to the port of a server that can be cut at the worst moment. */
export async function startProxy(targetPort: number): Promise<Wire> {
  const clients = new Set<Socket>()
  let isDropping = false
  let isSilent = false
  let target = targetPort

  const server = createServer((client) => {
    const wire = connect(target, "127.0.0.1")
    const cut = (): void => {
      client.destroy()
      wire.destroy()
      clients.delete(client)
    }
    clients.add(client)
    client.on("error", cut).on("close", cut)
    wire.on("error", cut).on("close", cut)
    client.pipe(wire)
    wire.on("data", (answer) => {
      if (isSilent) return
      if (isDropping) cut()
      else client.write(answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const cutAll = (): void => {
    for (const client of clients) client.destroy()
  }
  return {
    port: (server.address() as { port: number }).port,
    dropAnswers: () => {
      isDropping = true
    },
    passAnswers: () => {
      isDropping = false
    },
    fallSilent: () => {
      isSilent = true
    },
    cut: cutAll,
    moveTo: (port) => {
      target = port
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        cutAll()
      }),
  }
}
