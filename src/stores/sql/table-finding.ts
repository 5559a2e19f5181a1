import type { Finding } from "../backend.ts"
import { differences } from "./differences.ts"
import type { Layout } from "./layout.ts"
import { refusalOf } from "./migrate.ts"

/** Whether the table is there and as the store needs it. */
export function tableFinding(layout: Layout | undefined, table: string): Finding {
  const name = "table"
  if (!layout)
    return { name, value: table, problem: "The table is missing. Run: holdfast migrate", isUnwritable: true }
  const { dialect } = layout
  const found = differences(layout, table)
  const broken = layout.indexes.filter(({ isValid, isUnique }) => !isValid && !isUnique)
  if (found.length > 0)
    return {
      name,
      value: table,
      problem: `It is not as the store needs it: ${refusalOf(dialect, table, found)}`,
      isUnwritable: true,
    }
  if (broken.length > 0)
    return {
      name,
      value: table,
      problem: `No query uses the index ${broken.map(({ name }) => name).join(", ")}: it was hidden, is being built, or that has failed. Build it again (REINDEX), or drop it`,
    }
  return { name, value: table }
}
