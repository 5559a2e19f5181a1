import type { Expiry } from "./expiry.ts"

/** What a payload says, its data still as JSON text: text nobody looks at is never parsed. */
export interface Contents {
  /** When the session began, in epoch milliseconds; signing in or rotating does not restart it. */
  readonly createdAt: number
  /** The session's own expiry. */
  readonly expiry: Expiry
  /** The JSON of the data object. */
  readonly text: string
  /** Whose session it is, in formats that keep this with the data and not in the record. */
  readonly userId?: string | null
}

/** How contents become the payload that a store keeps. */
export interface Codec {
  /**
   * The payload. `over` is the one it takes the place of: a format that says more than JSON does takes over
   * from it, untouched, what did not change.
   */
  encode(contents: Contents, over?: string): string
  /** The contents, or `undefined` when the payload is not one that `encode` wrote. Does no JSON work. */
  decode(payload: string): Contents | undefined
}

/** One JSON object with its members in a fixed order, so that the data can be cut out without parsing it. */
export const jsonCodec: Codec = {
  encode: ({ createdAt, expiry, text }) =>
    `{"v":1,"createdAt":${createdAt},"expiry":${JSON.stringify(expiry)},"data":${text}}`,

  decode(payload) {
    const head = HEAD.exec(payload)
    if (!head || !payload.endsWith("}")) return undefined
    const expiry: string | number | null = head[2] === "null" ? null : JSON.parse(head[2]!)
    const instant = typeof expiry === "string" ? new Date(expiry) : expiry
    if (instant instanceof Date && Number.isNaN(instant.getTime())) return undefined
    return { createdAt: Number(head[1]), expiry: instant, text: payload.slice(head[0].length, -1) }
  },
}

const HEAD =
  /^\{"v":1,"createdAt":(\d{1,16}),"expiry":(null|(?:0|[1-9]\d{0,20})(?:\.\d{1,24})?(?:e[-+]\d{1,3})?|"[-+:.\dTZ]{1,32}"),"data":/
