import { createRequire } from "node:module"
import { DynamoDB } from "@aws-sdk/client-dynamodb"
import { type Server, startServer } from "./server.ts"

// The SDK looks for credentials, and the emulator does not look at them.
process.env.AWS_ACCESS_KEY_ID ??= "test"
process.env.AWS_SECRET_ACCESS_KEY ??= "test"

/**
 * Starts dynalite, which stands in for DynamoDB. It keeps conditions, consistent reads and the limit of an item; it has no expiry,
 * no backups, no throttling and no permissions. It forgets everything when it ends.
 */
export function startDynamodb(): Promise<Server> {
  const program = createRequire(import.meta.url).resolve("dynalite/cli.js")
  return startServer({
    name: "dynalite",
    command: process.execPath,
    args: (port) => [program, "--host", "127.0.0.1", "--port", `${port}`, "--createTableMs", "0"],
    isReady: async (port) => {
      const client = dynamodbClient(port)
      await client.listTables()
      client.destroy()
      return true
    },
    url: (port) => `dynamodb://eu-west-1?endpoint=http://127.0.0.1:${port}`,
  })
}

/** A client of the emulator on this port of the machine. */
export function dynamodbClient(port: number): DynamoDB {
  return new DynamoDB({ region: "eu-west-1", endpoint: `http://127.0.0.1:${port}` })
}
