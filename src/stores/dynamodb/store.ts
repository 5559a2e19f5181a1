import { checkNames, type OptionNames } from "../../core/option-names.ts"
import type { Found, SessionRecord } from "../../core/record.ts"
import type { Store, UserIndex } from "../../core/store.ts"
import { newMark } from "../record-text.ts"
import { checkClient, type DynamodbClient, type DynamodbInput, inGroups, isDone, pagesOf } from "./client.ts"
import {
  deadline,
  type Entry,
  entryItem,
  entryKey,
  foundIn,
  IS_CURRENT,
  IS_FREE,
  idIn,
  indexOf,
  type Known,
  keyOf,
  knownFrom,
  newEntry,
  ownerOf,
  recordItem,
  textOf,
  versionOf,
} from "./items.ts"
import { sweep } from "./sweep.ts"
import { makeTable, type TableOptions, tableName } from "./table.ts"

/** How sessions lie in DynamoDB. */
export interface DynamodbStoreOptions extends TableOptions {}

const OPTIONS: OptionNames<DynamodbStoreOptions> = { table: true }

/** A store in a table of DynamoDB. */
export interface DynamodbStore extends Store, UserIndex {
  /**
   * Makes the table, with on-demand billing, unless it is there, and waits until it can be used. Ten machines may do so at once.
   * Rejects when a table of this name has another key.
   */
  migrate(): Promise<void>
}

/**
 * Keeps sessions in a table of DynamoDB, one item each: a consistent read of one item reads a session, a conditional write of one
 * item creates, replaces or touches it. A user's sessions are found through items beside them, by consistent reads too. What a
 * login or logout writes is two items, one after the other: whatever dies in between leaves an entry that leads nowhere, never a
 * session that can't be found.
 *
 * The clock of the application's machines decides when a session ends. DynamoDB removes what is dead once its expiry (TTL) is
 * turned on for the attribute `ttl`; otherwise `clearExpired` does, which reads the whole table.
 *
 * A session has 400 KB at most. The client sends a request again that failed or was throttled, as often as it is told to
 * (`maxAttempts`); what fails then is an error.
 *
 * @param client `new DynamoDB({ region })` of the package `@aws-sdk/client-dynamodb`. It stays the caller's, to share and to end.
 * @example
 * const store = dynamodbStore(new DynamoDB({ region: "eu-west-1" }))
 * await store.migrate()
 * createSessions({ store })
 */
export function dynamodbStore(client: DynamodbClient, options: DynamodbStoreOptions = {}): DynamodbStore {
  checkNames("dynamodbStore(client, options)", options, OPTIONS)
  const table = tableName(options)
  checkClient(client)

  /** What lies under the id, be it dead by now. */
  async function look(id: string): Promise<Found | undefined> {
    const { Item } = await client.getItem({ TableName: table, Key: keyOf(id), ConsistentRead: true })
    return foundIn(id, Item)
  }

  async function read(id: string): Promise<Found | undefined> {
    const found = await look(id)
    return found && found.record.expiresAt > Date.now() ? found : undefined
  }

  /** Writes a record over one that is `before`, or over none. */
  async function write(record: SessionRecord, before?: Known): Promise<string | undefined> {
    const entry = entryFor(record, before?.entry)
    const known = { mark: newMark(), entry }
    const item = recordItem(record, known)
    if (entry && entry !== before?.entry) await list(record.id, entry)
    const isWritten = await isDone(
      client.putItem({
        TableName: table,
        Item: item,
        ConditionExpression: before ? IS_CURRENT : IS_FREE,
        ExpressionAttributeValues: valuesOf(before),
      }),
      async () => knownFrom((await look(record.id))?.version)?.mark === known.mark,
    )
    if (!isWritten) return undefined
    if (before?.entry && before.entry.owner !== entry?.owner) await leave(record.id, before.entry)
    return versionOf(known)
  }

  /** Has the user's index know of the session, which it must before the record is written. */
  async function list(id: string, entry: Entry): Promise<void> {
    await client.putItem({ TableName: table, Item: entryItem(id, entry) })
  }

  /** Takes a session out of the index of a user whose it is no longer. What fails here only leaves an entry that leads nowhere. */
  async function leave(id: string, entry: Entry): Promise<void> {
    await client.deleteItem({ TableName: table, Key: entryKey(id, entry) }).catch(() => {})
  }

  return {
    read,
    create: (record) => write(record),
    async replace(record, version) {
      const before = knownFrom(version)
      return before && write(record, before)
    },
    async touch(id, expiresAt, version) {
      const before = knownFrom(version)
      if (!before) return false
      const { entry } = before
      const next = entry && expiresAt > entry.until ? newEntry(entry.owner, expiresAt) : entry
      if (next && next !== entry) await list(id, next)
      const { expiresAt: instant, ttl } = deadline(expiresAt)
      return isDone(
        client.updateItem({
          TableName: table,
          Key: keyOf(id),
          // "ttl" is one of DynamoDB's reserved words.
          UpdateExpression: `SET expiresAt = :expiresAt, #ttl = :ttl${next ? ", entry = :entry" : ""}`,
          ConditionExpression: IS_CURRENT,
          ExpressionAttributeNames: { "#ttl": "ttl" },
          ExpressionAttributeValues: {
            ...valuesOf(before),
            ":expiresAt": instant,
            ":ttl": ttl,
            ...(next && { ":entry": { S: textOf(next) } }),
          },
        }),
      )
    },
    async delete(id) {
      const { Attributes } = await client.deleteItem({
        TableName: table,
        Key: keyOf(id),
        ReturnValues: "ALL_OLD",
      })
      const found = foundIn(id, Attributes)
      const entry = knownFrom(found?.version)?.entry
      if (entry) await leave(id, entry)
      return found !== undefined && found.record.expiresAt > Date.now()
    },
    clearExpired: (options) => sweep(client, table, options, Date.now()),
    async listByUser(userId) {
      const ids = new Set<string>()
      const pages = pagesOf((ExclusiveStartKey) =>
        client.query({
          TableName: table,
          KeyConditionExpression: "pk = :index",
          ExpressionAttributeValues: { ":index": { S: indexOf(ownerOf(userId)) } },
          ProjectionExpression: "sk",
          ConsistentRead: true,
          ExclusiveStartKey,
        }),
      )
      for await (const { Items = [] } of pages) for (const item of Items) ids.add(idIn(item))
      const found = await inGroups([...ids], read)
      return found.flatMap((each) => (each?.record.userId === userId ? [each.record] : []))
    },
    migrate: () => makeTable(client, table),
  }
}

/** The entry that a record must have: the one that it has, as long as that is its user's and lasts. */
function entryFor({ userId, expiresAt }: SessionRecord, before: Entry | undefined): Entry | undefined {
  if (userId === null) return undefined
  const owner = ownerOf(userId)
  return before?.owner === owner && expiresAt <= before.until ? before : newEntry(owner, expiresAt)
}

/** What the condition of a write needs. */
function valuesOf(before: Known | undefined): DynamodbInput {
  return { ":now": { N: `${Date.now()}` }, ...(before && { ":version": { S: before.mark } }) }
}
