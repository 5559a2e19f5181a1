import { type Codec, isUnread, type Unread } from "../core/codec.ts"
import { parseData } from "../core/data.ts"
import { SessionError } from "../core/errors.ts"
import { isSameExpiry } from "../core/expiry.ts"
import type { Settings } from "../core/options.ts"
import { type Clock, EXPIRY_KEY, readExpiry, writeExpiry } from "./expiry.ts"
import { parsePickle } from "./pickle-reader.ts"
import { pickle } from "./pickle-writer.ts"
import { parsePython, pythonJson } from "./python-json.ts"
import { keyText, type PythonDict, plain, revise } from "./python-value.ts"
import { formOf, type OpenSigner, type Refusal, type SignedForm } from "./signing.ts"

/** How a session's dictionary lies in a payload. */
export interface DictFormat {
  /**
   * The dictionary and when it was saved, or why it can't be read here though it may be good to Django; `undefined` when it is over or
   * damaged.
   */
  read(payload: string): Saved | Unread | undefined
  /** The payload; `form` is that of the one it takes the place of. */
  write(dict: PythonDict, form?: SignedForm): string
}

/** A dictionary as it was found. */
export interface Saved {
  readonly dict: PythonDict
  /** In epoch milliseconds; 0 when the format does not say. */
  readonly savedAt: number
  /** How it was signed, if it was. */
  readonly form?: SignedForm | undefined
}

/** How Django signs a kind of sessions. */
export interface SignedOptions {
  /** The form of what begins here. What was read stays in its own, so that the Django that wrote it can read it again. */
  readonly form?: SignedForm | undefined
  /** In seconds. */
  readonly maxAge?: number
}

/** Signed JSON: what Django keeps in its table, its files and its cookies. */
export function signedFormat(signer: OpenSigner, { form: ownForm, maxAge }: SignedOptions = {}): DictFormat {
  return {
    read(payload) {
      const opened = signer.open(payload, maxAge)
      if (typeof opened === "string") return WHY_UNREAD[opened]
      const { bytes, signedAt } = opened
      if (bytes[0] === PICKLE)
        return { unread: "it is a signed pickle: only Django's JSONSerializer is supported" }
      const dict = parsePython(bytes.toString("latin1"))
      return dict instanceof Map ? { dict, savedAt: signedAt, form: formOf(payload) } : undefined
    },
    write: (dict, form = ownForm) => signer.sign(Buffer.from(pythonJson(dict), "latin1"), Date.now(), form),
  }
}

const WHY_UNREAD: Readonly<Record<Refusal, Unread | undefined>> = {
  foreign: {
    unread:
      'its signature is of none of the secrets. The options "secretKey" and "fallbacks" must be the site\'s SECRET_KEY and SECRET_KEY_FALLBACKS; Django 3.2 and older may need "legacy", and a SessionStore of one\'s own "keySalt"',
  },
  large: { unread: 'it comes to more than the option "maxBytes" allows' },
  old: undefined,
  damaged: undefined,
}

/** What Django's caches keep: the pickled dictionary, here as Latin-1 text. Not signed: whoever writes the cache is believed. */
export function pickledFormat({ maxBytes }: Pick<Settings, "maxBytes">): DictFormat {
  return {
    read(payload) {
      try {
        const dict = parsePickle(Buffer.from(payload, "latin1"), maxBytes)
        return dict instanceof Map ? { dict, savedAt: 0 } : undefined
      } catch (error) {
        return { unread: (error as Error).message }
      }
    },
    write: (dict) => pickle(dict).toString("latin1"),
  }
}

/** Text of either kind, told apart by its first byte; written as `written` is. */
export function eitherFormat(written: DictFormat, pickled: DictFormat): DictFormat {
  return {
    read: (payload) => (payload.charCodeAt(0) === PICKLE ? pickled : written).read(payload),
    write: written.write,
  }
}

/** The byte that pickles of today begin with. */
const PICKLE = 0x80

/**
 * Django's dictionaries as the contents of sessions. The data is all of the dictionary but `_session_expiry`,
 * which is the session's expiry; `_auth_user_id` is in the data and also the session's user. Django does not
 * keep when a session began: `createdAt` is when it was last saved.
 */
export function djangoCodec(format: DictFormat, clock: Clock): Codec {
  return {
    encode({ expiry, text }, over) {
      const data = parseData(text)!
      if (Object.hasOwn(data, EXPIRY_KEY))
        throw new SessionError("ERR_SESSION_DATA", `data.${EXPIRY_KEY} is Django's; use session.setExpiry()`)
      const found = over === undefined ? undefined : format.read(over)
      const saved = isUnread(found) ? undefined : found
      const before = saved?.dict
      const own = before?.get(EXPIRY_KEY)
      const kept = before && new Map(before)
      kept?.delete(EXPIRY_KEY)
      const dict = new Map(revise(kept, data) as PythonDict)
      if (before && own !== undefined && isSameExpiry(readExpiry(before, clock), expiry))
        dict.set(EXPIRY_KEY, own)
      else writeExpiry(dict, expiry, clock)
      return format.write(dict, saved?.form)
    },

    decode(payload) {
      const saved = format.read(payload)
      if (!saved || isUnread(saved)) return saved
      const { dict, savedAt } = saved
      const data = new Map([...dict].filter(([key]) => keyText(key) !== EXPIRY_KEY))
      const user = dict.get("_auth_user_id")
      return {
        createdAt: savedAt,
        signedInAt: null,
        expiry: readExpiry(dict, clock),
        text: JSON.stringify(plain(data)),
        userId: typeof user === "string" || typeof user === "bigint" ? String(user) : null,
      }
    },
  }
}
