import type { Upkeep } from "../backend.ts"
import { type DynamodbClient, errorName, pagesOf } from "./client.ts"
import { type DescribingClient, tableFindings } from "./findings.ts"
import { IS_DEAD, keyOf, SESSIONS } from "./items.ts"
import { sweep } from "./sweep.ts"
import { type TableOptions, tableName } from "./table.ts"

/** A table of DynamoDB. Counting reads all of it; removing does too, and writes once for each item. */
export function dynamodbUpkeep(client: DynamodbClient & DescribingClient, options: TableOptions): Upkeep {
  const table = tableName(options)
  return {
    async connected() {
      try {
        await client.getItem({ TableName: table, Key: keyOf(""), ConsistentRead: true })
      } catch (error) {
        // Answers too: the table is still to be made, or is another one.
        if (!["ResourceNotFoundException", "ValidationException"].includes(errorName(error) ?? ""))
          throw error
      }
    },
    async countExpired() {
      const scan = {
        TableName: table,
        Select: "COUNT" as const,
        FilterExpression: `begins_with(pk, :sessions) AND ${IS_DEAD}`,
        ExpressionAttributeValues: { ":sessions": { S: SESSIONS }, ":now": { N: `${Date.now()}` } },
      }
      let count = 0
      for await (const page of pagesOf((start) => client.scan({ ...scan, ExclusiveStartKey: start })))
        count += page.Count ?? 0
      return count
    },
    // It tells no time that a condition could go by.
    clock: async () => undefined,
    deleteAll: (options) => sweep(client, table, options),
    inspect: () => tableFindings(client, table),
  }
}
