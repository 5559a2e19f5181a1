import { connect, type Socket } from "node:net"
import { checkNames, type OptionNames } from "../../core/option-names.ts"
import { checkSeconds, MOST_WAIT } from "../../core/option-values.ts"
import { kindOf } from "../../core/shown.ts"
import { recordTooLarge } from "../../core/store.ts"

/** What a memcached server said to one command. */
export interface MemcachedReply {
  /** Its two-letter code, as `HD` (done), `VA` (a value), `EN` (nothing there), `EX` (overtaken), `NF`, `NS`. */
  readonly code: string
  /** The flags that came with it, each by its letter. */
  readonly flags: Readonly<Record<string, string>>
  readonly value: Buffer | undefined
}

/** A connection to one memcached server. */
export interface MemcachedClient {
  /**
   * Sends one command of the meta protocol, with a value if it takes one, and gives the reply. Commands sent
   * meanwhile share the connection, and the server runs them in this order. Throws when the server can't be
   * reached, reports an error, or is silent for too long; the next command connects anew.
   */
  send(command: string, value?: Buffer): Promise<MemcachedReply>
  /** Ends the connection. Commands that follow fail. */
  close(): Promise<void>
}

/** How to speak with a server. */
export interface MemcachedClientOptions {
  /** How many seconds the server may be silent while it owes an answer. @default 5 */
  readonly timeout?: number
}

const OPTIONS: OptionNames<MemcachedClientOptions> = { timeout: true }

/**
 * A client of the memcached server at `url`, `memcached://host:port`. It connects when first used, and again
 * whenever the connection was lost; nothing is sent twice.
 */
export function memcachedClient(url: string, options: MemcachedClientOptions = {}): MemcachedClient {
  checkNames("memcachedClient(url, options)", options, OPTIONS)
  const { timeout = 5 } = options
  checkSeconds("timeout", timeout, MOST_WAIT)
  const address = addressOf(url)
  let current: Connection | undefined
  let isClosed = false

  return {
    async send(command, value) {
      if (isClosed) throw new Error("The memcached client is closed")
      if (!current?.isOpen()) current = connection(connect(address), timeout)
      return current.send(command, value)
    },
    async close() {
      isClosed = true
      await current?.end()
    },
  }
}

/** A connection until it breaks. */
interface Connection {
  isOpen(): boolean
  send(command: string, value?: Buffer): Promise<MemcachedReply>
  end(): Promise<void>
}

function connection(socket: Socket, timeout: number): Connection {
  const waiting: Asked[] = []
  const parse = replyParser()
  // Not the socket's own timeout: what is written puts that off, and to a frozen server one can write for long.
  let silence: ReturnType<typeof setTimeout> | undefined
  let reason = new Error("memcached closed the connection")

  socket.setNoDelay(true)
  socket.on("error", (error) => {
    reason = error
  })
  socket.on("data", (chunk: Buffer) => {
    for (const reply of parse(chunk)) {
      const asked = waiting.shift()
      if (reply.code.includes("ERROR")) asked?.reject(refusalOf(reply.code))
      else asked?.resolve(reply)
    }
    if (waiting.length > 0) silence?.refresh()
    else clearTimeout(silence)
  })
  const ended = new Promise<void>((resolve) => {
    socket.on("close", () => {
      clearTimeout(silence)
      for (const asked of waiting.splice(0)) asked.reject(reason)
      resolve()
    })
  })

  return {
    isOpen: () => !socket.destroyed && !socket.readableEnded,
    send(command, value) {
      if (waiting.length === 0)
        silence = setTimeout(
          () => socket.destroy(new Error(`memcached was silent for ${timeout} s`)),
          timeout * 1000,
        )
      const answer = new Promise<MemcachedReply>((resolve, reject) => waiting.push({ resolve, reject }))
      socket.cork()
      socket.write(`${command}\r\n`)
      if (value) {
        socket.write(value)
        socket.write("\r\n")
      }
      socket.uncork()
      return answer
    },
    end() {
      socket.destroy()
      return ended
    },
  }
}

function refusalOf(line: string): Error {
  const message = `memcached answered ${line}`
  // A server that takes smaller items than the store was told.
  if (line.includes("too large")) return recordTooLarge(message)
  return new Error(line.includes("unauthenticated") ? `${message}: ${NO_LOGIN}` : message)
}

const NO_LOGIN =
  "it was started with -Y and wants a password, which this client does not give; start it without, and let nothing but the application reach it"

/** Who waits for a reply. */
interface Asked {
  readonly resolve: (reply: MemcachedReply) => void
  readonly reject: (error: Error) => void
}

/** Cuts the stream of bytes into replies. */
function replyParser(): (chunk: Buffer) => Iterable<MemcachedReply> {
  let chunks: Buffer[] = []
  let length = 0
  let needed = 0

  return function* parse(chunk) {
    chunks.push(chunk)
    length += chunk.length
    // A large value comes in many pieces; they are joined once, when it is whole.
    if (length < needed) return
    let rest = chunks.length === 1 ? chunk : Buffer.concat(chunks)
    needed = 0
    for (let end = rest.indexOf("\r\n"); end >= 0; end = rest.indexOf("\r\n")) {
      const line = rest.toString("latin1", 0, end)
      const [code = "", ...words] = line.split(" ")
      const hasValue = code === "VA"
      const size = hasValue ? Number(words.shift()) : 0
      const start = end + 2
      const next = hasValue ? start + size + 2 : start
      if (rest.length < next) {
        needed = next
        break
      }
      const isError = /^(?:ERROR|CLIENT_ERROR|SERVER_ERROR)/.test(code)
      yield {
        code: isError ? line : code,
        flags: Object.fromEntries(words.map((word) => [word.slice(0, 1), word.slice(1)])),
        value: hasValue ? rest.subarray(start, start + size) : undefined,
      }
      rest = rest.subarray(next)
    }
    chunks = rest.length > 0 ? [rest] : []
    length = rest.length
  }
}

function addressOf(url: string): { host: string; port: number } {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol !== "memcached:" || parsed.hostname === "")
    throw new TypeError(`The address must be memcached://host:port; it is ${kindOf(url)}`)
  return { host: parsed.hostname.replace(/^\[|\]$/g, ""), port: Number(parsed.port || 11211) }
}
