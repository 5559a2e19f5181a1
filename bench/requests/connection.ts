/** One connection to a site, kept open, with one request on its way at a time. */
export interface Connection {
  get(path: string, cookie: string | undefined): Promise<Answer>
  close(): void
}

export interface Answer {
  readonly status: number
  readonly cookies: readonly string[]
  readonly text: string
}

/** As much of `undici` as is used: it is installed for the benchmarks only. */
interface Undici {
  readonly Client: new (
    origin: string,
  ) => {
    dispatch(
      request: { path: string; method: "GET"; headers: Record<string, string> },
      handler: {
        onRequestStart(): void
        onResponseStart(controller: unknown, status: number, headers: Headers): void
        onResponseData(controller: unknown, chunk: Buffer): void
        onResponseEnd(): void
        onResponseError(controller: unknown, error: Error): void
      },
    ): boolean
    destroy(): Promise<void>
  }
}
type Headers = Readonly<Record<string, string | string[] | undefined>>

const { Client } = (await import("undici" as string)) as Undici

/** Opens a connection. By `dispatch`, the least that a request costs on this side. */
export function connect(origin: string): Connection {
  const client = new Client(origin)
  return {
    get: (path, cookie) =>
      new Promise((resolve, reject) => {
        let status = 0
        let text = ""
        let set: string | string[] | undefined
        client.dispatch(
          { path, method: "GET", headers: cookie === undefined ? {} : { cookie } },
          {
            onRequestStart() {},
            onResponseStart(_controller, code, headers) {
              status = code
              set = headers["set-cookie"]
            },
            onResponseData(_controller, chunk) {
              text += chunk.toString()
            },
            onResponseEnd: () => resolve({ status, text, cookies: set === undefined ? [] : [set].flat() }),
            onResponseError: (_controller, error) => reject(error),
          },
        )
      }),
    close: () => void client.destroy(),
  }
}
