import { kindOf } from "../../core/shown.ts"

/** A value as DynamoDB writes it: a text or a number. */
export type DynamodbValue = { readonly S: string } | { readonly N: string }

/** An item that is written, or a key. */
export type DynamodbInput = Record<string, DynamodbValue>

/** An item that was read. There may be values of any kind in it. */
export type DynamodbItem = Readonly<
  Record<string, { readonly S?: string | undefined; readonly N?: string | undefined }>
>

/** What is needed of `new DynamoDB({ region })` of the package `@aws-sdk/client-dynamodb`. */
export interface DynamodbClient {
  getItem(
    input: Place & { Key: DynamodbInput; ConsistentRead: boolean },
  ): Promise<{ readonly Item?: DynamodbItem | undefined }>
  putItem(input: Place & Condition & { Item: DynamodbInput }): Promise<unknown>
  updateItem(input: Place & Condition & { Key: DynamodbInput; UpdateExpression: string }): Promise<unknown>
  deleteItem(
    input: Place & Condition & { Key: DynamodbInput; ReturnValues?: "ALL_OLD" },
  ): Promise<{ readonly Attributes?: DynamodbItem | undefined }>
  query(
    input: Place & Selection & { KeyConditionExpression: string; ConsistentRead: boolean },
  ): Promise<DynamodbPage>
  scan(input: Place & Selection & { Select?: "COUNT"; Limit?: number }): Promise<DynamodbPage>
  describeTable(input: Place): Promise<{ readonly Table?: DynamodbTable | undefined }>
  createTable(
    input: Place & {
      BillingMode: "PAY_PER_REQUEST"
      AttributeDefinitions: { AttributeName: string; AttributeType: "S" }[]
      KeySchema: { AttributeName: string; KeyType: "HASH" | "RANGE" }[]
    },
  ): Promise<unknown>
}

interface Place {
  TableName: string
}

interface Condition {
  ConditionExpression?: string | undefined
  ExpressionAttributeNames?: Record<string, string> | undefined
  ExpressionAttributeValues?: DynamodbInput | undefined
}

interface Selection {
  ProjectionExpression?: string
  FilterExpression?: string | undefined
  ExpressionAttributeValues?: DynamodbInput | undefined
  ExclusiveStartKey?: DynamodbStart
}

/** Where a page begins: the `LastEvaluatedKey` of the page before, given back as it came. */
export type DynamodbStart = Record<string, never> | undefined

/** A page of a query or a scan. */
export interface DynamodbPage {
  readonly Items?: readonly DynamodbItem[] | undefined
  readonly Count?: number | undefined
  readonly LastEvaluatedKey?: object | undefined
}

/** What DynamoDB says of a table. */
export interface DynamodbTable {
  readonly TableStatus?: string | undefined
  readonly KeySchema?:
    | readonly { readonly AttributeName: string | undefined; readonly KeyType: string | undefined }[]
    | undefined
  readonly AttributeDefinitions?:
    | readonly { readonly AttributeName: string | undefined; readonly AttributeType: string | undefined }[]
    | undefined
  readonly BillingModeSummary?: { readonly BillingMode?: string | undefined } | undefined
}

/** Throws a `TypeError` that says what to write, unless it is such a client. */
export function checkClient(client: unknown): asserts client is DynamodbClient {
  if (METHODS.every((name) => isFunction(client, name))) return
  const advice = isFunction(client, "send") ? ", which is another of its clients" : ""
  throw new TypeError(
    `The client must be new DynamoDB({ region }) of the package "@aws-sdk/client-dynamodb"; it is ${kindOf(client)}${advice}`,
  )
}

const METHODS = ["getItem", "putItem", "updateItem", "deleteItem", "query", "scan", "describeTable"] as const

function isFunction(client: unknown, name: string): boolean {
  return typeof (client as Record<string, unknown> | null | undefined)?.[name] === "function"
}

/** The name by which the SDK tells an error of the service: `ResourceNotFoundException`. */
export function errorName(error: unknown): string | undefined {
  return (error as { readonly name?: string } | undefined)?.name
}

/**
 * Whether a write under a condition was done. The SDK sends a request again when its answer was lost. Where the condition fails
 * then, it may be the write itself that made it fail, and `isOurs` finds out.
 */
export async function isDone(
  write: Promise<unknown>,
  isOurs: () => Promise<boolean> = async () => false,
): Promise<boolean> {
  try {
    await write
    return true
  } catch (error) {
    if (errorName(error) !== "ConditionalCheckFailedException") throw error
    const { attempts = 2 } =
      (error as { readonly $metadata?: { readonly attempts?: number } }).$metadata ?? {}
    return attempts > 1 && isOurs()
  }
}

/** Every page of a query or a scan, one after the other. */
export async function* pagesOf(
  ask: (start: DynamodbStart) => Promise<DynamodbPage>,
): AsyncGenerator<DynamodbPage> {
  let start: DynamodbStart
  do {
    const page = await ask(start)
    yield page
    start = page.LastEvaluatedKey as DynamodbStart
  } while (start)
}

/** The results of the same work on each of many, some at a time: the SDK warns when many requests wait for its connections. */
export async function inGroups<One, Result>(
  all: readonly One[],
  work: (one: One) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  for (let n = 0; n < all.length; n += GROUP)
    results.push(...(await Promise.all(all.slice(n, n + GROUP).map(work))))
  return results
}

const GROUP = 25
