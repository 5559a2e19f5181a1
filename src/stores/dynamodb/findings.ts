import type { Finding } from "../backend.ts"
import { type DynamodbClient, type DynamodbTable, errorName } from "./client.ts"
import { described, KEY, keyIn } from "./table.ts"

/** What operators ask beside. */
export interface DescribingClient {
  describeTimeToLive(input: { TableName: string }): Promise<{
    readonly TimeToLiveDescription?:
      | { readonly TimeToLiveStatus?: string | undefined; readonly AttributeName?: string | undefined }
      | undefined
  }>
  describeContinuousBackups(input: { TableName: string }): Promise<{
    readonly ContinuousBackupsDescription?:
      | {
          readonly PointInTimeRecoveryDescription?:
            | { readonly PointInTimeRecoveryStatus?: string | undefined }
            | undefined
        }
      | undefined
  }>
}

/** Whether the table is fit to keep sessions, and what becomes of the dead ones. */
export async function tableFindings(
  client: DynamodbClient & DescribingClient,
  table: string,
): Promise<Finding[]> {
  const found = await unlessUntold(described(client, table))
  if (found === UNTOLD) return [{ name: "table", value: `${table}; its description is not told` }]
  if (!found) return [{ name: "table", value: table, problem: "The table is missing. Run: holdfast migrate" }]
  const key = keyIn(found)
  if (key !== KEY) {
    const problem = `The table has another key than sessions need, ${KEY}. Name another one (?table=), and run holdfast migrate`
    return [{ name: "table", value: `${table}; its key is ${key}`, problem }]
  }
  return [
    { name: "table", value: `${table}, ${found.TableStatus?.toLowerCase()}` },
    { name: "billing", value: billingOf(found) },
    await expiry(client, table),
    await backup(client, table),
  ]
}

function billingOf({ BillingModeSummary }: DynamodbTable): string {
  return BillingModeSummary?.BillingMode === "PAY_PER_REQUEST"
    ? "on demand"
    : "provisioned; requests beyond the capacity fail"
}

/** Whether DynamoDB removes what is dead. */
async function expiry(client: DescribingClient, table: string): Promise<Finding> {
  const name = "expiry"
  const answer = await unlessUntold(client.describeTimeToLive({ TableName: table }))
  if (answer === UNTOLD) return { name, value: UNTOLD }
  const { TimeToLiveStatus: status = "", AttributeName: attribute } = answer.TimeToLiveDescription ?? {}
  const isOn = status === "ENABLED" || status === "ENABLING"
  if (isOn && attribute === "ttl") return { name, value: "DynamoDB removes dead sessions" }
  const off = isOn
    ? `The table expires by the attribute ${attribute}. Turn that off, wait an hour, and run`
    : `Dead sessions stay until holdfast clear-expired reads the whole table. Run`
  return {
    name,
    value: isOn ? `by ${attribute}` : "off",
    problem: `${off}: aws dynamodb update-time-to-live --table-name ${table} --time-to-live-specification Enabled=true,AttributeName=ttl`,
  }
}

/** A remark: who can live with a lost table needs none. */
async function backup(client: DescribingClient, table: string): Promise<Finding> {
  const answer = await unlessUntold(client.describeContinuousBackups({ TableName: table }))
  const { PointInTimeRecoveryDescription: recovery } =
    answer === UNTOLD ? {} : (answer.ContinuousBackupsDescription ?? {})
  const status = recovery?.PointInTimeRecoveryStatus?.toLowerCase() ?? UNTOLD
  return { name: "backup", value: `point-in-time recovery ${status}` }
}

/** What was asked, or `unknown` where the question is not allowed, or not known to an emulator. */
async function unlessUntold<Answer>(question: Promise<Answer>): Promise<Answer | typeof UNTOLD> {
  try {
    return await question
  } catch (error) {
    const name = errorName(error)
    if (name === "AccessDeniedException" || name === "UnknownOperationException") return UNTOLD
    throw error
  }
}

const UNTOLD = "unknown"
