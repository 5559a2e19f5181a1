import type { Codec } from "../core/codec.ts"
import { parseData } from "../core/data.ts"
import { SessionError } from "../core/errors.ts"
import { isSameExpiry } from "../core/expiry.ts"
import type { Settings } from "../core/options.ts"
import { type Clock, EXPIRY_KEY, readExpiry, writeExpiry } from "./expiry.ts"
import { parsePickle } from "./pickle-reader.ts"
import { pickle } from "./pickle-writer.ts"
import { parsePython, pythonJson } from "./python-json.ts"
import { keyText, type PythonDict, plain, revise } from "./python-value.ts"
import { formOf, type SignedForm, type Signer } from "./signing.ts"

/** How a session's dictionary lies in a payload. */
export interface DictFormat {
  /** The dictionary and when it was saved, or `undefined` when the payload can't be believed or read. */
  read(payload: string): Saved | undefined
  /** The payload; `form` is that of the one it takes the place of. */
  write(dict: PythonDict, form?: SignedForm): string
}

/** A dictionary as it was found. */
export interface Saved {
  readonly dict: PythonDict
  /** In epoch milliseconds; 0 when the format does not say. */
  readonly savedAt: number
  /** How it was signed, if it was. */
  readonly form?: SignedForm
}

/** How Django signs a kind of sessions. */
export interface SignedOptions {
  /** The form of what begins here. What was read stays in its own, so that the Django that wrote it can read it again. */
  readonly form?: SignedForm | undefined
  /** In seconds. */
  readonly maxAge?: number
}

/** Signed JSON: what Django keeps in its table, its files and its cookies. */
export function signedFormat(signer: Signer, { form: ownForm, maxAge }: SignedOptions = {}): DictFormat {
  return {
    read(payload) {
      const signed = signer.unsign(payload, maxAge)
      const dict = signed && parsePython(signed.bytes.toString("latin1"))
      return dict instanceof Map ? { dict, savedAt: signed!.signedAt, form: formOf(payload) } : undefined
    },
    write: (dict, form = ownForm) => signer.sign(Buffer.from(pythonJson(dict), "latin1"), Date.now(), form),
  }
}

/** What Django's caches keep: the pickled dictionary, here as Latin-1 text. Not signed: whoever writes the cache is believed. */
export function pickledFormat({ warn, maxBytes }: Pick<Settings, "warn" | "maxBytes">): DictFormat {
  return {
    read(payload) {
      try {
        const dict = parsePickle(Buffer.from(payload, "latin1"), maxBytes)
        return dict instanceof Map ? { dict, savedAt: 0 } : undefined
      } catch (error) {
        warn((error as Error).message)
        return undefined
      }
    },
    write: (dict) => pickle(dict).toString("latin1"),
  }
}

/** Text of either kind, told apart by its first byte; written as `written` is. */
export function eitherFormat(written: DictFormat, pickled: DictFormat): DictFormat {
  return {
    read: (payload) => (payload.startsWith("\x80") ? pickled : written).read(payload),
    write: written.write,
  }
}

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
      const saved = over === undefined ? undefined : format.read(over)
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
      if (!saved) return undefined
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
