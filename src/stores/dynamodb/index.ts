export type { DynamodbClient } from "./client.ts"
export { type DynamodbStore, type DynamodbStoreOptions, dynamodbStore } from "./store.ts"
