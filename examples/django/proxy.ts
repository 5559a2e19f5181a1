import { request } from "node:http"
import { pipeline } from "node:stream"
import type { RequestHandler } from "express"

/** Has the server on that port of this machine answer. */
export function proxyTo(port: number): RequestHandler {
  return (req, res, next) => {
    const { method, originalUrl: path } = req
    // One connection a request: none that the site is about to close is ever used again.
    const headers = { ...req.headers, connection: "close" }
    const asked = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (answer) => {
      const { connection: _, ...others } = answer.headers
      res.writeHead(answer.statusCode!, others)
      pipeline(answer, res, () => {})
    })
    asked.once("error", next)
    res.once("close", () => asked.destroy())
    req.pipe(asked)
  }
}
