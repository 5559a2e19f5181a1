import { headerOf, type RequestHeaders } from "../core/headers.ts"
import type { ConnectionFacts } from "../index.ts"

/** What the headers of a request tell of its connection, for `ResponseFacts.connection`. */
export function connectionFacts(
  headers: RequestHeaders,
  isEncrypted: boolean,
  isTrusted?: boolean | undefined,
): ConnectionFacts {
  const read = (name: string): string | undefined => headerOf(headers, name)
  const forwarded = /(?:^|;)\s*proto="?(https?)/i.exec(read("forwarded")?.split(",", 1)[0] ?? "")?.[1]
  const proto = read("x-forwarded-proto")?.split(",", 1)[0]?.trim() || forwarded
  return {
    host: read("host") ?? read(":authority"),
    isEncrypted,
    forwardedProto: proto?.toLowerCase(),
    isTrusted,
    fetchSite: read("sec-fetch-site"),
    fetchMode: read("sec-fetch-mode"),
    fetchDest: read("sec-fetch-dest"),
  }
}
