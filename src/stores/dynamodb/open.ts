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
  const end = limit(client)
  return {
    store: { ...dynamodbStore(client, others), close: async () => end() },
    upkeep: dynamodbUpkeep(client, others),
  }
}

/**
 * Limits how long each call may take, with all attempts, to the time that the core waits for a store: what was given up is not
 * sent again. Gives what ends the client, which alone would connect anew.
 */
function limit(client: DynamoDB): () => void {
  const send = client.send.bind(client) as (command: unknown, options?: object) => Promise<unknown>
  let isEnded = false
  async function limited(command: unknown, options?: object): Promise<unknown> {
    if (isEnded) throw new Error("The store was closed")
    return send(command, { ...options, abortSignal: AbortSignal.timeout(TIMEOUT) })
  }
  client.send = limited as typeof client.send
  return () => {
    isEnded = true
    client.destroy()
  }
}

/** In milliseconds. */
const TIMEOUT = 5000
