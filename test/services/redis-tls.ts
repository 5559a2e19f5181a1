import { execFileSync } from "node:child_process"
import { connect } from "node:tls"
import { ensure } from "./programs.ts"
import { findProgram, type Server, startServer } from "./server.ts"

/** Starts a Redis server that speaks TLS alone, under a certificate of its own making; `undefined` where none can be made. */
export async function startRedisWithTls(): Promise<Server | undefined> {
  const [command, openssl] = [ensure("redis"), findProgram("openssl")]
  if (!command || !openssl) return undefined
  return startServer({
    name: "redis-tls",
    command,
    prepare(directory) {
      const request = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
      ]
      execFileSync(openssl, [...request, "-keyout", "key.pem", "-out", "cert.pem"], {
        cwd: directory,
        stdio: "ignore",
      })
    },
    args: (port, directory) => [
      ...["--port", "0", "--tls-port", `${port}`, "--bind", "127.0.0.1", "--dir", directory, "--save", ""],
      ...["--tls-cert-file", "cert.pem", "--tls-key-file", "key.pem", "--tls-auth-clients", "no"],
    ],
    isReady: (port) =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
          resolve(true)
          socket.destroy()
        })
        socket.once("error", reject)
      }),
    url: (port) => `rediss://127.0.0.1:${port}`,
  })
}
