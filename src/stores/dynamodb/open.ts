import type { DynamoDB } from "@aws-sdk/client-dynamodb"
import type { Address, Backend } from "../backend.ts"
import { loaded } from "../package.ts"
import { dynamodbStore } from "./store.ts"
import { dynamodbUpkeep } from "./upkeep.ts"

/** A table of DynamoDB, through `@aws-sdk/client-dynamodb`, which finds the credentials by itself. */
export async function open({ hosts, options }: Address): Promise<Backend> {
  const { endpoint, ...others } = options
  if (endpoint !== undefined && !(/^https?:/.test(endpoint) && URL.canParse(endpoint)))
    throw new TypeError('The parameter "endpoint" of a store URL must be a URL of http: or https:')
  const { DynamoDB } = await loaded("@aws-sdk/client-dynamodb@3", () => import("@aws-sdk/client-dynamodb"))
  const client = new DynamoDB({
    region: hosts[0]!.host,
    ...(endpoint !== undefined && { endpoint }),
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 3000, requestTimeout: 3000, throwOnRequestTimeout: true },
  })
  const closing = new AbortController()
  limit(client, closing.signal)
  return {
    store: {
      ...dynamodbStore(client, others),
      async close() {
        closing.abort()
        client.destroy()
      },
    },
    upkeep: dynamodbUpkeep(client, others),
  }
}

/**
 * Limits how long each call may take, with all attempts, to the time that the core waits for a store: what was given up is not
 * sent again. No call outlasts `closing`.
 */
function limit(client: DynamoDB, closing: AbortSignal): void {
  const send = client.send.bind(client) as (command: unknown, options?: object) => Promise<unknown>
  const limited = (command: unknown, options?: object): Promise<unknown> =>
    send(command, { ...options, abortSignal: AbortSignal.any([closing, AbortSignal.timeout(TIMEOUT)]) })
  client.send = limited as typeof client.send
}

/** In milliseconds. */
const TIMEOUT = 5000
