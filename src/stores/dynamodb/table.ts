import { setTimeout as sleep } from "node:timers/promises"
import { wrongOption } from "../../core/option-values.ts"
import { type DynamodbClient, type DynamodbTable, errorName } from "./client.ts"

/** Which table. */
export interface TableOptions {
  /**
   * The table's name: 3 to 255 letters, digits, underscores, points and hyphens. A table holds one application's sessions.
   * @default "holdfast_sessions"
   */
  readonly table?: string | undefined
}

/** The table's name, checked. Throws a `TypeError` when it breaks the rule. */
export function tableName({ table = "holdfast_sessions" }: TableOptions): string {
  if (typeof table === "string" && /^[\w.-]{3,255}$/.test(table)) return table
  throw wrongOption("table", "must be 3 to 255 letters, digits, underscores, points and hyphens", table)
}

/** What DynamoDB says of the table; `undefined` when there is none of this name. */
export async function described(client: DynamodbClient, table: string): Promise<DynamodbTable | undefined> {
  try {
    return (await client.describeTable({ TableName: table })).Table
  } catch (error) {
    if (errorName(error) === "ResourceNotFoundException") return undefined
    throw error
  }
}

/** The table's key as people read it. */
export function keyIn({ KeySchema = [], AttributeDefinitions = [] }: DynamodbTable): string {
  const typeOf = (name: string | undefined): string | undefined =>
    AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType
  return KeySchema.map(
    ({ AttributeName, KeyType }) => `${AttributeName} (${KeyType}, ${typeOf(AttributeName)})`,
  ).join(", ")
}

/** The key that the table must have. */
export const KEY = "pk (HASH, S), sk (RANGE, S)"

/** Makes the table unless it is there, and waits until it can be used. Throws when a table of this name has another key. */
export async function makeTable(client: DynamodbClient, table: string): Promise<void> {
  if (!(await described(client, table))) await create(client, table)
  for (const end = performance.now() + PATIENCE; ; ) {
    const found = await described(client, table)
    if (found && keyIn(found) !== KEY)
      throw new Error(
        `The table "${table}" has the key ${keyIn(found)}; sessions need ${KEY}. Take another name, or remove the table`,
      )
    if (found?.TableStatus === "ACTIVE" || found?.TableStatus === "UPDATING") return
    if (performance.now() > end)
      throw new Error(`The table "${table}" is ${found?.TableStatus ?? "missing"} after ${PATIENCE / 1000} s`)
    await sleep(500)
  }
}

async function create(client: DynamodbClient, table: string): Promise<void> {
  const names = ["pk", "sk"]
  try {
    await client.createTable({
      TableName: table,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: names.map((name) => ({ AttributeName: name, AttributeType: "S" })),
      KeySchema: names.map((name, n) => ({ AttributeName: name, KeyType: n === 0 ? "HASH" : "RANGE" })),
    })
  } catch (error) {
    // Another machine makes it this very moment, or the SDK asked twice.
    if (errorName(error) !== "ResourceInUseException") throw error
  }
}

/** In milliseconds. DynamoDB makes a table in some ten seconds. */
const PATIENCE = 60_000
