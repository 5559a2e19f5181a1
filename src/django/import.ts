import { hash } from "node:crypto"
import { checkBatches } from "../core/call-options.ts"
import { checkStore } from "../core/check-store.ts"
import { isUnread } from "../core/codec.ts"
import { firstCredentials } from "../core/credentials.ts"
import type { SessionData } from "../core/data.ts"
import { guardStore } from "../core/guard.ts"
import { checkNames } from "../core/option-names.ts"
import { SESSION_WORDS } from "../core/option-words.ts"
import {
  type Behaviour,
  type InStore,
  resolveOptions,
  SESSION_OPTIONS,
  type WithSchema,
} from "../core/options.ts"
import { encodePayload } from "../core/payload.ts"
import { type Found, isRecord, type SessionRecord } from "../core/record.ts"
import { type Sessions, sessionsOf } from "../core/sessions.ts"
import { isRecordTooLarge, type Store } from "../core/store.ts"
import { type Claim, sessionTokens, type TokenScheme } from "../core/token.ts"
import { tokenEngine } from "../core/token-engine.ts"
import { isUserId } from "../core/user-id.ts"
import { djangoCodec, signedFormat } from "./codec.ts"
import type { DecodeSettings } from "./decode.ts"
import { djangoKeys } from "./keys.ts"
import { patiently } from "./patience.ts"
import { SESSION_SALT } from "./salts.ts"
import { DJANGO_OPTIONS } from "./sessions.ts"
import { clockOf, DJANGO_WORDS } from "./settings.ts"
import { openSigner } from "./signing.ts"
import { type DjangoTableOptions, djangoTable } from "./table.ts"

/** What became of the rows. */
export interface ImportReport {
  /** Sessions that are in the store now. */
  readonly imported: number
  /** Sessions that were there already, from an earlier run. */
  readonly present: number
  /** Rows that can't be believed or read, and those that the store can't keep: too large, or of a user whose id is too long. */
  readonly unreadable: number
}

/** How to go about it. */
export interface ImportOptions {
  /** The rows read at once. @default 500 */
  readonly batchSize?: number
  /** Told the report so far, after each batch. */
  readonly onProgress?: (report: ImportReport) => void
  /** Stops between two batches, or after two seconds where a database does not answer; running it again goes on. */
  readonly signal?: AbortSignal
}

/**
 * Copies the live sessions of Django's table into a store of ours, each under an id that is made from its key, so that
 * the store holds no usable key. Django's rows stay. What is in the store already is left as it is, so this
 * may be run again, and while Django still serves.
 *
 * The visitors' cookies go on working with `importedSessions`.
 */
export async function importDjango(
  from: DecodeSettings & DjangoTableOptions,
  to: Store,
  options: ImportOptions = {},
): Promise<ImportReport> {
  checkNames("The settings in importDjango(from, to)", from, DJANGO_OPTIONS, DJANGO_WORDS)
  checkStore("The store in importDjango(from, to)", to)
  checkBatches("importDjango(from, to, options)", options)
  const { batchSize = 500, onProgress, signal } = options
  const { keySalt = SESSION_SALT } = from
  const clock = clockOf(from)
  const codec = djangoCodec(signedFormat(openSigner(keySalt, from, from.maxBytes)), clock)
  const table = djangoTable(from, clock.zone)
  const report = { imported: 0, present: 0, unreadable: 0 }

  /** The session in a row as a record of ours; `undefined` for one that can't be read, or that no store can keep. */
  function recordOf({ record }: Found): SessionRecord | undefined {
    const { id: key, payload, expiresAt } = record
    const contents = djangoKeys.isWellFormed(key) && isRecord(record) ? codec.decode(payload) : undefined
    if (!contents || isUnread(contents)) return undefined
    const { userId = null } = contents
    if (userId !== null && !isUserId(userId)) return undefined
    const { id, proof } = claimOfKey(key)
    const now = Date.now()
    const mine = encodePayload({
      contents: { ...contents, createdAt: now, signedInAt: userId === null ? null : now },
      credentials: firstCredentials(proof, userId !== null, now),
    })
    return { id, userId, payload: mine, expiresAt }
  }

  async function copy(row: Found): Promise<keyof ImportReport> {
    const record = recordOf(row)
    if (!record) return "unreadable"
    try {
      return (await to.create(record)) === undefined ? "present" : "imported"
    } catch (error) {
      if (isRecordTooLarge(error)) return "unreadable"
      throw error
    }
  }

  for (let last = ""; !signal?.aborted; ) {
    const rows = await patiently(table.after(last, batchSize), signal)
    if (!rows) break
    for (const row of rows) {
      const done = await patiently(copy(row), signal)
      if (!done) return report
      report[done]++
    }
    onProgress?.({ ...report })
    if (rows.length < batchSize) break
    last = rows.at(-1)!.record.id
  }
  return report
}

/**
 * `createSessions` for a store that `importDjango` filled: a cookie with a key of Django's is accepted too. Where somebody is
 * signed in, the first use of the session renews it, as the option `renew` does: the key goes on working until the new token has
 * been in use for `grace`. An anonymous visitor keeps the key until the login. The option `cookie.name` must be Django's, or no
 * browser shows its old cookie.
 *
 * Once Django's last cookie is over, `createSessions` does the same.
 *
 * @example
 * const sessions = importedSessions({ store, cookie: { name: "sessionid" } })
 */
export function importedSessions<Data extends object>(
  options: Behaviour<Data> & InStore & WithSchema<Data>,
): Sessions<Data>
export function importedSessions<Data extends object = SessionData>(
  options: Behaviour<Data> & InStore,
): Sessions<Partial<Data>>
export function importedSessions<Data extends object>(options: Behaviour<Data> & InStore): Sessions<Data> {
  checkNames("importedSessions(options)", options, OPTIONS, SESSION_WORDS)
  checkStore('The option "store"', options.store)
  const settings = resolveOptions(options)
  const store = guardStore(options.store, settings.timeout)
  return sessionsOf({ settings, engine: tokenEngine(store, settings, eitherKind) })
}

const { seal: _, ...OPTIONS } = SESSION_OPTIONS

const eitherKind: TokenScheme = {
  isWellFormed: (value) => sessionTokens.isWellFormed(value) || djangoKeys.isWellFormed(value),
  claimOf: (token) => (sessionTokens.isWellFormed(token) ? sessionTokens.claimOf(token) : claimOfKey(token)),
}

/** A key is name and secret in one, so both are made from it. */
function claimOfKey(key: string): Claim {
  const id = hash("sha256", `id of Django's session ${key}`).slice(0, 32)
  return { token: key, id, proof: hash("sha256", key, "base64url"), isForeign: true }
}
