import { connect, createServer, type Socket } from "node:net"

/** A wire between a client and a server on this machine, and the scissors. */
export interface Wire {
  readonly port: number
  /** From now on what the server answers is lost, and the connection with it: the request did arrive. */
  dropAnswers(): void
  /** The next answer is lost, and its connection with it; what is answered after that comes through. */
  dropAnswer(): void
  /** Lets answers through again. */
  passAnswers(): void
  /** From now on nothing comes back, and nobody is told: the connections stay open. */
  fallSilent(): void
  /** Cuts every connection; new ones may come. */
  cut(): void
  /** Connections that come from now on lead to this port; those that are there stay. */
  leadTo(port: number): void
  /** Nothing comes back any more on the connections that are there, as from a machine without power; later ones work. */
  strand(): void
  close(): Promise<void>
}

/** Opens a way to the port of a server that can be cut at the worst moment. */
export async function startProxy(targetPort: number): Promise<Wire> {
  const clients = new Set<Socket>()
  const stranded = new WeakSet<Socket>()
  let port = targetPort
  let isDropping = false
  let isDroppingOne = false
  let isSilent = false

  const server = createServer((client) => {
    const target = connect(port, "127.0.0.1")
    const cut = (): void => {
      target.destroy()
      if (stranded.has(client)) return
      client.destroy()
      clients.delete(client)
    }
    clients.add(client)
    client.on("error", cut).on("close", cut)
    target.on("error", cut).on("close", cut)
    client.pipe(target)
    target.on("data", (answer) => {
      if (isSilent || stranded.has(client)) return
      if (isDropping || isDroppingOne) cut()
      else client.write(answer)
      isDroppingOne = false
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
    dropAnswer: () => {
      isDroppingOne = true
    },
    passAnswers: () => {
      isDropping = false
    },
    fallSilent: () => {
      isSilent = true
    },
    cut: cutAll,
    strand: () => {
      for (const client of clients) stranded.add(client)
    },
    leadTo: (next) => {
      port = next
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        cutAll()
      }),
  }
}
