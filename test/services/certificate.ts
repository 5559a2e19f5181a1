import { generateKeyPairSync, randomBytes, sign } from "node:crypto"

/** A certificate that is signed by itself, and its key, both in PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** Makes a certificate (RFC 5280) for these IPv4 addresses, with a key of its own. */
export function certificateFor(
  addresses: readonly string[],
  {
    from = new Date(Date.now() - DAY),
    until = new Date(Date.now() + 30 * DAY),
  }: { from?: Date; until?: Date } = {},
): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const name = sequence(set(sequence(COMMON_NAME, der(0x0c, Buffer.from(randomBytes(8).toString("hex"))))))
  const names = addresses.map((address) => der(0x87, Buffer.from(address.split(".").map(Number))))
  const body = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    name,
    sequence(time(from), time(until)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(sequence(SUBJECT_ALT_NAME, der(0x04, sequence(...names))))),
  )
  const signature = der(0x03, Buffer.concat([Buffer.of(0), sign("sha256", body, privateKey)]))
  const certificate = sequence(body, ECDSA_WITH_SHA256, signature).toString("base64")
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.match(/.{1,64}/g)!.join("\n")}\n-----END CERTIFICATE-----\n`,
    key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
  }
}

/** A value with its tag and length (X.690). */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.of(tag, ...size), content])
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts))
}

function set(part: Buffer): Buffer {
  return der(0x31, part)
}

function time(date: Date): Buffer {
  return der(0x18, Buffer.from(date.toISOString().replace(/[-:T]|\.\d+/g, "")))
}

const ECDSA_WITH_SHA256 = Buffer.from("300a06082a8648ce3d040302", "hex")
const COMMON_NAME = Buffer.from("0603550403", "hex")
const SUBJECT_ALT_NAME = Buffer.from("0603551d11", "hex")
const DAY = 86_400_000
