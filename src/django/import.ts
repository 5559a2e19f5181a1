import { jsonCodec } from "../core/codec.ts"
import type { SessionData } from "../core/data.ts"
import type { Engine } from "../core/engine.ts"
import { guardStore } from "../core/guard.ts"
import { type Behaviour, type InStore, settle } from "../core/options.ts"
import type { Found } from "../core/record.ts"
import { assemble, type Sessions } from "../core/sessions.ts"
import type { Store } from "../core/store.ts"
import { storeEngine } from "../core/store-engine.ts"
import { hashedTokens, type TokenScheme } from "../core/token.ts"
import { djangoCodec, signedFormat } from "./codec.ts"
import type { DecodeSettings } from "./decode.ts"
import { djangoKeys } from "./keys.ts"
import { SESSION_SALT } from "./salts.ts"
import { clockOf } from "./settings.ts"
import { djangoSigner } from "./signing.ts"
import { type DjangoTableOptions, djangoTable } from "./table.ts"

/** What became of the rows. */
export interface ImportReport {
  /** Sessions that are in the store now. */
  readonly imported: number
  /** Sessions that were there already, from an earlier run. */
  readonly present: number
  /** Rows that can't be believed or read. */
  readonly unreadable: number
}

/** How to go about it. */
export interface ImportOptions {
  /** The rows read at once. @default 500 */
  readonly batchSize?: number
  /** Told the report so far, after each batch. */
  readonly onProgress?: (report: ImportReport) => void
  /** Stops between two batches; running it again goes on. */
  readonly signal?: AbortSignal
}

/**
 * Copies the live sessions of Django's table into a store of ours, each under the hash of its key, so that
 * the store holds no usable key. Django's rows stay. What is in the store already is left as it is, so this
 * may be run again, and while Django still serves.
 *
 * The visitors' cookies go on working with `importedSessions`.
 */
export async function importDjango(
  from: DecodeSettings & DjangoTableOptions,
  to: Store,
  { batchSize = 500, onProgress, signal }: ImportOptions = {},
): Promise<ImportReport> {
  const clock = clockOf(from)
  const codec = djangoCodec(signedFormat(djangoSigner(from.keySalt ?? SESSION_SALT, from)), clock)
  const table = djangoTable(from, clock.zone)
  const report = { imported: 0, present: 0, unreadable: 0 }

  async function copy({ record: { id: key, payload, expiresAt } }: Found): Promise<void> {
    const contents = djangoKeys.isWellFormed(key) ? codec.decode(payload) : undefined
    if (!contents) {
      report.unreadable++
      return
    }
    const { userId = null } = contents
    const mine = jsonCodec.encode({ ...contents, createdAt: Date.now() })
    const version = await to.create({ id: hashedTokens.idOf(key), userId, payload: mine, expiresAt })
    if (version === undefined) report.present++
    else report.imported++
  }

  for (let last = ""; !signal?.aborted; ) {
    const rows = await table.after(last, batchSize)
    for (const row of rows) await copy(row)
    onProgress?.({ ...report })
    if (rows.length < batchSize) break
    last = rows.at(-1)!.record.id
  }
  return report
}

/**
 * `createSessions` for a store that `importDjango` filled: a cookie with a key of Django's is accepted too,
 * and gets a token of ours the first time its session is used; from then on the key opens nothing. The
 * option `cookie.name` must be Django's, or no browser shows its old cookie.
 *
 * Once Django's last cookie is over, `createSessions` does the same.
 *
 * @example
 * const sessions = importedSessions({ store, cookie: { name: "sessionid" } })
 */
export function importedSessions<Data extends object = SessionData>(
  options: Behaviour<Data> & InStore,
): Sessions<Data> {
  const settings = settle(options)
  const store = guardStore(options.store, settings.timeout)
  return assemble({ settings, engine: renewing(storeEngine(store, eitherKind)), codec: jsonCodec }, store)
}

const eitherKind: TokenScheme = {
  ...hashedTokens,
  isWellFormed: (value) => hashedTokens.isWellFormed(value) || djangoKeys.isWellFormed(value),
}

/** The engine, giving a new token to each session that was found by a key of Django's. */
function renewing(engine: Engine): Engine {
  const old = new WeakSet<Found>()
  return {
    ...engine,
    isOutdated: (found) => old.has(found),
    async find(token) {
      const found = await engine.find(token)
      if (!found || hashedTokens.isWellFormed(token)) return found
      const copy = { ...found }
      old.add(copy)
      return copy
    },
    keep(work) {
      const { plan, found } = work
      const isKept = plan === "touch" || plan === "replace"
      return engine.keep(isKept && found && old.has(found) ? { ...work, plan: "rotate" } : work)
    },
  }
}
