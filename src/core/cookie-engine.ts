import { hash } from "node:crypto"
import type { Draft, Engine, Kept, Work } from "./engine.ts"
import { SessionError } from "./errors.ts"
import type { Found, SessionRecord } from "./record.ts"
import { createSeal } from "./seal.ts"

/**
 * The engine that keeps the whole record in the cookie of this name, sealed. There is no register behind it: the last of
 * parallel requests wins, and what a browser was once given stays good until its deadline.
 */
export function cookieEngine(secrets: readonly string[], cookieName: string): Engine {
  const seal = createSeal(secrets, `session cookie ${cookieName}`)

  function put(draft: Draft | undefined): Kept {
    const token = seal.close(write(draft!))
    const bytes = cookieName.length + token.length
    if (bytes > MAX_BYTES)
      throw new SessionError(
        "ERR_SESSION_DATA",
        `The session needs ${bytes} bytes of cookie; a browser keeps ${MAX_BYTES}`,
      )
    return { found: foundIn(draft!, token, seal.keyId), token }
  }

  return {
    isShared: false,
    isWellFormed: seal.isWellFormed,
    isOutdated: ({ version }) => version !== seal.keyId,

    async find(token) {
      const opened = seal.open(token)
      const draft = opened && read(opened.text)
      if (!draft || draft.expiresAt <= Date.now()) return undefined
      return foundIn(draft, token, opened.keyId)
    },

    async keep({ plan, found, expiresAt, draft }: Work) {
      switch (plan) {
        case "delete":
          return { found: undefined, token: "" }
        case "touch":
          return put({ ...found!.record, expiresAt })
        case "create":
        case "restart":
          return put(draft(undefined))
        case "replace":
        case "rotate":
          return put(draft(found))
      }
    },
  }
}

function foundIn(draft: Draft, token: string, keyId: string): Found {
  const record: SessionRecord = { ...draft, id: hash("sha256", token) }
  return { record, version: keyId }
}

/** The payload goes in as it is: as a JSON string it would cost a byte for each of its quotes. */
function write({ userId, expiresAt, payload }: Draft): string {
  return `${JSON.stringify([expiresAt, userId])}\n${payload}`
}

/** Reads what `write` wrote: the seal vouches for it. */
function read(text: string): Draft {
  const end = text.indexOf("\n")
  const [expiresAt, userId] = JSON.parse(text.slice(0, end)) as [number, string | null]
  return { userId, expiresAt, payload: text.slice(end + 1) }
}

/** Of name and value together (RFC 6265bis section 5.6). */
const MAX_BYTES = 4096
