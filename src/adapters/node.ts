import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http"
import {
  checkAdapter,
  isOfTheAnswer,
  MOUNT_OPTIONS,
  mount,
  type NodeRequest,
  type NodeResponse,
} from "../adapter-kit/index.ts"
import type { MountOptions, Session, Sessions } from "../index.ts"

/** How the adapter behaves. */
export interface NodeAdapterOptions<Name extends string = string> extends MountOptions<Name> {
  /**
   * Told what the handler threw or the store failed with, when nothing is sent yet, to answer it.
   * @default logs it with console.error and answers its status, else 500
   */
  readonly onError?: (error: unknown, req: NodeRequest, res: NodeResponse) => unknown
}

type Listener<Req, Res> = (req: Req, res: Res) => void

/**
 * Wraps a listener of `node:http`, `node:https` or `node:http2` so that it finds the visitor's session at
 * `req.session`, and lets no response leave before the session is safe.
 *
 * @example
 * createServer(session(sessions)((req, res) => res.end(`Hello ${req.session.userId}`)))
 */
export function session<Data extends object, Name extends string = "session">(
  sessions: Sessions<Data>,
  options: NodeAdapterOptions<Name> = {},
): <Req extends NodeRequest = IncomingMessage, Res extends NodeResponse = ServerResponse>(
  handler: (req: Req & Record<Name, Session<Data>>, res: Res) => unknown,
) => Listener<Req, Res> {
  checkAdapter(sessions, options, { ...MOUNT_OPTIONS, onError: true })
  const { onError = answer } = options
  return (handler) =>
    async function session(req, res) {
      let isRefused = false
      const fail = (error: unknown): void => {
        isRefused = true
        void tell(onError, error, req, res)
      }
      const session = mount(sessions, options, { req, res, place: req, fail })
      try {
        if (!options.lazy) await session.load()
        await handler(req as typeof req & Record<Name, Session<Data>>, res)
      } catch (error) {
        if (!isRefused && !res.headersSent) return tell(onError, error, req, res)
        console.error(error)
        if (!isRefused && !res.writableEnded) res.destroy() // or it would never end
      }
    }
}

/** Has an error answered. What goes wrong with that is logged, and the connection is closed. */
async function tell(
  onError: NonNullable<NodeAdapterOptions["onError"]>,
  error: unknown,
  req: NodeRequest,
  res: NodeResponse,
): Promise<void> {
  try {
    await onError(error, req, res)
  } catch (another) {
    console.error(another)
    res.destroy()
  }
}

function answer(error: unknown, _req: NodeRequest, res: NodeResponse): void {
  console.error(error)
  const { statusCode } = Object(error) as { statusCode?: number }
  const status = statusCode && statusCode >= 400 && statusCode <= 599 ? statusCode : 500
  const body = `${STATUS_CODES[status] ?? "Error"}\n`
  // What the page had said of its own answer, but for cookies.
  for (const name of res.getHeaderNames())
    if (isOfTheAnswer(name) && name !== "set-cookie") res.removeHeader(name)
  if (!("stream" in res)) res.statusMessage = ""
  const headers = { "content-type": "text/plain; charset=utf-8", "content-length": body.length }
  ;(res as ServerResponse).writeHead(status, headers).end(body)
}
