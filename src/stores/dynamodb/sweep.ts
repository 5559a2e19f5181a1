import { setTimeout as sleep } from "node:timers/promises"
import { checkCount } from "../../core/option-values.ts"
import type { ClearExpiredOptions } from "../../core/store.ts"
import { type DynamodbClient, type DynamodbItem, inGroups, isDone, pagesOf } from "./client.ts"
import { IS_DEAD, OURS, SESSIONS } from "./items.ts"

/**
 * Removes all records and entries, or with `now` those that are dead by then, in pages of a scan. Gives the number of records
 * removed. It rests as long as it works, so that it takes at most half of the table's capacity.
 */
export async function sweep(
  client: DynamodbClient,
  table: string,
  { batchSize = 1000, onProgress, signal }: ClearExpiredOptions = {},
  now?: number,
): Promise<number> {
  checkCount("batchSize", batchSize)
  const instant = now === undefined ? {} : { ":now": { N: `${now}` } }
  const filter = {
    FilterExpression: `begins_with(pk, :ours)${now === undefined ? "" : ` AND ${IS_DEAD}`}`,
    ExpressionAttributeValues: { ":ours": { S: OURS }, ...instant },
  }
  // It may have been touched since its page was read.
  const condition =
    now === undefined ? {} : { ConditionExpression: IS_DEAD, ExpressionAttributeValues: instant }

  /** Whether it was a record, and is gone. */
  async function remove({ pk, sk }: DynamodbItem): Promise<boolean> {
    const Key = { pk: { S: pk!.S! }, sk: { S: sk!.S! } }
    const isGone = await isDone(client.deleteItem({ TableName: table, Key, ...condition }))
    return isGone && Key.pk.S.startsWith(SESSIONS)
  }

  let removed = 0
  if (signal?.aborted) return removed
  const scan = { TableName: table, ProjectionExpression: "pk, sk", Limit: batchSize, ...filter }
  let began = performance.now()
  for await (const { Items = [] } of pagesOf((start) => client.scan({ ...scan, ExclusiveStartKey: start }))) {
    removed += (await inGroups(Items, remove)).filter(Boolean).length
    onProgress?.(removed)
    if (signal?.aborted) break
    await sleep(performance.now() - began)
    began = performance.now()
  }
  return removed
}
