import { statSync } from "node:fs"
import { dirname } from "node:path"
import type { Finding, Upkeep } from "../backend.ts"
import { accessFinding, diskFindings } from "../disk-findings.ts"
import type { TableOptions } from "../sql/schema.ts"
import { type SqlQuestion, sqlUpkeep } from "../sql/upkeep.ts"
import type { SqliteFile } from "./file.ts"
import { logFinding, modeFinding, sizeFinding, wholeFinding } from "./file-findings.ts"
import { isLogged, logSize } from "./header.ts"
import { tableFinding } from "./table-finding.ts"

/** A table of sessions in a SQLite file. */
export function sqliteUpkeep(file: SqliteFile, path: string, options: TableOptions): Upkeep {
  const rows = (text: string): Record<string, unknown>[] =>
    file.reading().prepare(text).all() as Record<string, unknown>[]
  const value = (text: string): unknown => Object.values(rows(text)[0] ?? {})[0]
  const ask: SqlQuestion = async (text) => {
    if (!/^delete\b/i.test(text)) return { rows: rows(text), written: 0 }
    return { rows: [], written: Number((await file.writing()).prepare(text).run().changes) }
  }
  const general = sqlUpkeep("sqlite", ask, options.table)

  return {
    ...general,
    connected: async () => {},
    deleteAll: (how) => general.deleteAll({ batchSize: BATCH_SIZE, ...how }),
    async inspect() {
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
      const outside = path === ":memory:" ? [] : await outsideFindings(path)
      const whole = wholeFinding(size, () => String(value("PRAGMA quick_check(1)")))
      if (whole.problem) return [...outside, whole] // the rest would fail
      const free = Number(value("PRAGMA freelist_count")) / Number(value("PRAGMA page_count"))
      const table = tableFinding(rows, path, options)
      return [
        ...outside,
        whole,
        sizeFinding(size, free),
        ...(table.problem ? [table] : await general.inspect()),
      ]
    },
  }
}

/** What the file is like from outside. */
async function outsideFindings(path: string): Promise<Finding[]> {
  return [
    modeFinding(statSync(path).mode),
    await accessFinding([path, dirname(path)]),
    ...(await diskFindings(dirname(path), "Make room: logins are refused when it is full")),
    logFinding(isLogged(path), logSize(path)),
  ]
}

/** What a full disk's reserve has room for. */
const BATCH_SIZE = 200
