import type { Draft, Engine, Kept, Live, Work } from "./engine.ts"
import { MORE, readEnvelope, writeEnvelope } from "./envelope.ts"
import { SessionError } from "./errors.ts"
import { isOver } from "./expiry.ts"
import type { Settings } from "./options.ts"
import { recent } from "./recent.ts"
import { createSeal } from "./seal.ts"
import { newId } from "./token.ts"

/** A session in a cookie. */
interface SealedLive extends Live {
  /** The key it was sealed with. */
  readonly keyId: string
  /** When it was sealed, in epoch milliseconds: of two cookies of one session the later is the newer. */
  readonly sealedAt: number
}

/**
 * The engine that keeps the whole session in the cookie, sealed. There is no register behind it: the last of parallel
 * requests wins, and what a browser was once given stays good until its deadline.
 */
export function cookieEngine(secrets: readonly string[], settings: Settings): Engine {
  const { name } = settings.cookie
  const seal = createSeal(secrets, `session cookie ${name}`)
  /** What cookies opened to, since a visitor's next request brings the same one. Only what was sealed here gets in. */
  const opened = recent<SealedLive>(MOST_OPENED, MOST_CHARACTERS)

  function open(token: string): SealedLive | undefined {
    const known = opened.get(token)
    if (known) return known
    const sealed = seal.open(token)
    const found = sealed && read(sealed.text)
    return found && remember(token, { ...found, keyId: sealed.keyId })
  }

  function remember(token: string, live: SealedLive): SealedLive {
    opened.set(token, live, live.text.length)
    return live
  }

  function sealed(id: string, draft: Draft, sealedAt: number): { token: string; bytes: number } {
    const token = seal.close(write({ ...draft, id, sealedAt }))
    return { token, bytes: name.length + token.length }
  }

  function put(id: string, draft: Draft): Kept {
    const sealedAt = Date.now()
    const { token, bytes } = sealed(id, draft, sealedAt)
    if (bytes > MAX_BYTES)
      throw new SessionError(
        "ERR_SESSION_DATA",
        `The session needs ${bytes} bytes of cookie; a browser keeps ${MAX_BYTES}`,
      )
    const live = remember(token, { ...draft, id, sealedAt, keyId: seal.keyId })
    return { live, token, isNewToken: true }
  }

  return {
    isShared: false,
    isWellFormed: seal.isWellFormed,
    newId,
    hasRoom: (draft) => sealed(newId(), draft, Date.now()).bytes <= MAX_BYTES,
    isDue: (live) => (live as SealedLive).keyId !== seal.keyId,

    async find(token) {
      const live = open(token)
      const now = Date.now()
      if (!live || live.expiresAt <= now || isOver(live, now, settings)) return NOBODY
      return { live, endable: live, isQuiet: false, rank: live.sealedAt }
    },

    async keep(work: Work) {
      const { live, expiresAt } = work
      switch (work.write) {
        case "delete":
          return {}
        case "touch":
          return put(live!.id, { ...live!, expiresAt })
        case "create":
        case "restart":
          return put(work.newId(), work.begin(true))
        case "replace":
        case "rotate":
          return put(live!.id, work.draft(live!))
        case "login":
          // An id of its own: copies of the cookie from before, and what is made of them, are not
          // to pass for this session.
          return put(work.newId(), live ? work.draft(live) : work.begin(true))
      }
    },
  }
}

const NOBODY = { isQuiet: false, rank: 0 }

/** What is sealed is an envelope as records are. */
function write({ id, userId, expiresAt, sealedAt, ...contents }: Omit<SealedLive, "keyId">): string {
  return writeEnvelope(contents, JSON.stringify([id, userId, expiresAt, sealedAt]).slice(1, -1))
}

/** Reads what `write` wrote: the seal vouches for it, but for its version. */
function read(sealed: string): Omit<SealedLive, "keyId"> | undefined {
  const envelope = readEnvelope(sealed)
  if (!envelope) return undefined
  const more = envelope.line.slice(MORE) as [string, string | null, number, number]
  const [id, userId, expiresAt, sealedAt] = more
  return { ...envelope.contents, id, userId, expiresAt, sealedAt }
}

/** Of name and value together (RFC 6265bis section 5.6). */
const MAX_BYTES = 4096

/** How much of what was opened is remembered: a megabyte or two. */
const MOST_OPENED = 1000
const MOST_CHARACTERS = 1_000_000
