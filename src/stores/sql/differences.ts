import { columnDifferences } from "./column-differences.ts"
import type { Difference } from "./difference.ts"
import { indexDifferences } from "./index-differences.ts"
import type { Layout } from "./layout.ts"

/** All the ways in which the table is not as the store needs it; none when it will do. Its indexes may have any names. */
export function differences(layout: Layout, table: string): readonly Difference[] {
  const { kind, isTransactional, engine } = layout
  if (kind !== "table") return [{ text: `it is ${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind} and no table` }]
  return [
    ...(isTransactional ? [] : [{ text: `its engine is ${engine}, not InnoDB`, clause: "ENGINE = InnoDB" }]),
    ...columnDifferences(layout),
    ...indexDifferences(layout, table),
  ]
}
