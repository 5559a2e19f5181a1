import { connect as connectPlain } from "node:net"
import { connect as connectTls } from "node:tls"
import type { Address } from "../backend.ts"

/**
 * The reason why a server could not be connected to, as a person needs it. Where the connection broke or nothing came over it, looks
 * whether the port speaks the other way, with TLS or without.
 */
export async function refusalOf(error: Error, { hosts, isEncrypted }: Address): Promise<Error> {
  const [host] = hosts
  const code = String((error as NodeJS.ErrnoException).code ?? "")
  if (/CERT|SELF_SIGNED|ALTNAME/.test(code))
    return new Error(
      `Its certificate is not trusted (${error.message.split(";")[0]}): have its authority trusted with NODE_EXTRA_CA_CERTS=ca.pem`,
    )
  if (!host || /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH/.test(code) || ANSWERED.test(error.message))
    return error
  if (isEncrypted && (await speaksPlain(host)))
    return new Error("This port speaks no TLS: write redis:// in place of rediss://, or the port that does")
  if (!isEncrypted && (await speaksTls(host)))
    return new Error("This port speaks TLS: write rediss:// in place of redis://")
  return error
}

/** How the errors begin that a server sends. */
const ANSWERED = /^[A-Z]{2,} /

type Host = Address["hosts"][number]

function speaksPlain({ host, port }: Host): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectPlain(port, host, () => socket.write("PING\r\n"))
    socket.setTimeout(PATIENCE, () => socket.destroy())
    socket.on("error", () => {})
    socket.once("data", (answer) => {
      resolve(/^[+-]/.test(String(answer)))
      socket.destroy()
    })
    socket.once("close", () => resolve(false))
  })
}

function speaksTls({ host, port }: Host): Promise<boolean> {
  return new Promise((resolve) => {
    // Nothing is told to it, so that it need not be trusted.
    const socket = connectTls({ host, port, rejectUnauthorized: false }, () => {
      resolve(true)
      socket.destroy()
    })
    socket.setTimeout(PATIENCE, () => socket.destroy())
    socket.on("error", () => {})
    socket.once("close", () => resolve(false))
  })
}

/** In milliseconds. */
const PATIENCE = 1000
