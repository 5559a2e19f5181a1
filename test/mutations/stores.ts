// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is looked for is source text
import type { Mutation } from "./mutation.ts"

const MEMORY = "laws/memory"
const SQL = "laws/sqlite unit/sql security/d-store"
const DYNAMODB = "laws/dynamodb"
const LAYOUT = "unit/sql-layout"
const LOOK = "operations/sqlite-look"
const REDIS = "laws/redis-commands laws/redis.test"
const FULL = "faults/redis-full"
const OFFLINE = "faults/redis-offline"

/** What is broken in src/stores. */
export const STORE_MUTATIONS: readonly Mutation[] = [
  ["stores/memory/store.ts", "if (live(record.id)) return undefined", "", MEMORY],
  ["stores/memory/store.ts", "if (live(record.id)?.version !== expected) return undefined", "", MEMORY],
  ["stores/memory/store.ts", "found.record.expiresAt <= Date.now()", "found.record.expiresAt < 0", MEMORY],
  ["stores/memory/store.ts", "if (found) put(found)\n", "", `${MEMORY} unit/memory-store`],
  ["stores/memory/store.ts", "makeRoom()\n      const", "const", `${MEMORY} unit/memory-store`],

  ["stores/sql/statements.ts", "              .where(hasVersion)\n", "", SQL],
  ["stores/sql/statements.ts", '.where(sql<SqlBool>`${sql.ref("user_id")} is ${value("userId")}`)', "", SQL],
  [
    "stores/sql/statements.ts",
    '.where(sql<SqlBool>`${sql.ref("expires_at")} = ${value("expiresAt")}`)\n              .where(isLive)',
    ".where(isLive)",
    SQL,
  ],
  [
    "stores/sql/statements.ts",
    '.where(sql<SqlBool>`${sql.ref("expires_at")} = ${value("expiresAt")}`)\n              .where(isLive)',
    '.where(sql<SqlBool>`${sql.ref("expires_at")} = ${value("expiresAt")}`)',
    SQL,
  ],

  [
    "stores/sql/statements.ts",
    '.where(is("user_id", "userId"))\n        .where(isLive)\n        .$if',
    '.where(is("user_id", "userId"))\n        .$if',
    SQL,
  ],
  ["stores/sql/statements.ts", "expires_at`)} <= ${", "expires_at`)} >= ${", SQL],

  ["stores/sql/table-store.ts", "(rewrite && (await write(rewrite, values)) > 0) ||", "", SQL],
  [
    "stores/sql/table-store.ts",
    "const version = Math.floor(Math.random() * 2 ** 48)",
    "const version = 1",
    SQL,
  ],
  [
    "stores/sql/table-store.ts",
    "const nextVersion = Number(version) + 1",
    "const nextVersion = Number(version)",
    SQL,
  ],
  ["stores/sql/table-store.ts", "if (batch < batchSize) break", "break", SQL],

  ["stores/sql/creation.ts", " WITH (fillfactor = 90)", "", "laws/postgres"],
  [
    "stores/sql/index-differences.ts",
    "while (takenNames.includes(indexName(name, column, nth))) nth++",
    "",
    LAYOUT,
  ],
  ["stores/sql/index-differences.ts", "bytes < LARGE", "bytes >= 0", LAYOUT],
  [
    "stores/sql/columns.ts",
    '    id: ["text", (column) => isSqliteText(column) && isBytewise(column)]',
    '    id: ["text", isSqliteText]',
    LAYOUT,
  ],
  ["stores/sql/migrate.ts", "if (found.every(({ isSafe }) => isSafe))", "if (found)", LAYOUT],
  [
    "stores/sql/schema.ts",
    "/^(?:[A-Za-z_]\\w{0,47}\\.)?[A-Za-z_]\\w{0,47}$/.test(table)",
    "/^.*$/.test(table)",
    SQL,
  ],

  [
    "stores/redis/store.ts",
    "before.owner === owner && expiresAt <= before.expiresAt",
    "before.owner === owner",
    REDIS,
  ],
  ["stores/redis/store.ts", "expiresAt <= before.expiresAt\n    const isNew", "true\n    const isNew", REDIS],
  ["stores/redis/store.ts", "isNew && isSomebody(before.owner)", "false", REDIS],
  ["stores/redis/store.ts", "link.isCached && !fresh", "link.isCached", "laws/near-cache laws/redis.test"],

  ["stores/redis/run.ts", "isTogether = false\n", "", REDIS],
  ["stores/redis/run.ts", "isTogether || call.keys.length === 1", "true", REDIS],

  ["stores/redis/lane.ts", "command.splice(0, command.length, TAKEN_BACK)", "", REDIS],
  ["stores/redis/under-way.ts", 'TAKEN_BACK = "GET"', 'TAKEN_BACK = "PING"', REDIS],
  ["stores/redis/lane.ts", "connection.heed(error)\n", "", "faults/redis-demoted"],
  ["stores/redis/connection.ts", "renewals++", "", "faults/redis-demoted"],
  ["stores/redis/lane.ts", "connection.isReady() ? send(command) :", "true ? send(command) :", OFFLINE],
  ["stores/redis/ioredis.ts", "if (!connection.isReady()) return", "if (false) return", OFFLINE],
  ["stores/redis/connection.ts", "reject(notSent(patience))", "resolve()", OFFLINE],

  ["stores/redis/scripts.ts", "if mark ~= ARGV[1] then return false end", "", REDIS],
  ["stores/redis/scripts.ts", "if former then redis.pcall", "if false then redis.pcall", REDIS],
  ["stores/redis/scripts.ts", "if former then redis.pcall", "if former then redis.call", REDIS],
  ["stores/redis/scripts.ts", "local isJoining = isListed and", "local isJoining = false and", REDIS],
  ["stores/redis/scripts.ts", "if isListed then ${tend", "if false then ${tend", REDIS],
  ["stores/redis/scripts.ts", "if KEYS[2] and ${isToJoin", "if false and ${isToJoin", REDIS],
  ["stores/redis/scripts.ts", "if isLarger or not string.find", "if not string.find", FULL],
  [
    "stores/redis/scripts.ts",
    "if isLarger or not string.find(reply.err, 'OOM', 1, true) then",
    "if true then",
    FULL,
  ],
  [
    "stores/redis/scripts.ts",
    "if left > 0 then redis.call('ZREMRANGE",
    "if false then redis.call('ZREMRANGE",
    REDIS,
  ],

  ["stores/record-text.ts", "drawn += MARK_BYTES\n", "drawn += 0\n", REDIS],

  ["stores/cached/store.ts", "const seen = fresh ||", "const seen =", "unit/near-copies laws/cached"],

  [
    "stores/memory/store.ts",
    "if (found?.version !== version) return false",
    "if (!found) return false",
    MEMORY,
  ],
  [
    "stores/memory/store.ts",
    "put({ record: { ...found.record, expiresAt }, version })",
    "put({ record: { ...found.record, expiresAt }, version: ++lastVersion })",
    MEMORY,
  ],
  [
    "stores/sql/statements.ts",
    ".where(hasVersion)\n        .where(isLive),\n    ),\n    remove",
    ".where(isLive),\n    ),\n    remove",
    SQL,
  ],
  [
    "stores/sql/statements.ts",
    ".where(hasVersion)\n        .where(isLive),\n    ),\n    remove",
    ".where(hasVersion),\n    ),\n    remove",
    SQL,
  ],
  ["stores/redis/scripts.ts", 'if ${LUA.mark("KEYS[1]")} ~= ARGV[3] then return false end', "", REDIS],
  [
    "stores/file/store.ts",
    "if (entry?.version !== version) return false",
    "if (!entry) return false",
    "laws/file.test",
  ],
  ["stores/memcached/store.ts", "|| item.mark !== mark", "", "laws/memcached"],

  ["stores/dynamodb/items.ts", '"version = :version AND expiresAt > :now"', '"version = :version"', DYNAMODB],
  [
    "stores/dynamodb/items.ts",
    "attribute_not_exists(pk) OR expiresAt <= :now",
    "attribute_not_exists(pk)",
    DYNAMODB,
  ],
  ["stores/dynamodb/items.ts", "instantOf(expiresAt + left)", "instantOf(expiresAt)", DYNAMODB],
  ["stores/dynamodb/items.ts", "Math.ceil(instant / 1000)", "Math.floor(instant / 1000)", DYNAMODB],
  ["stores/dynamodb/items.ts", "Buffer.byteLength(value.S)", "value.S.length", DYNAMODB],
  ["stores/dynamodb/items.ts", "if (!knownFrom(known) || ", "if (", DYNAMODB],
  [
    "stores/dynamodb/store.ts",
    "if (entry && entry !== before?.entry) await list(record.id, entry)",
    "",
    DYNAMODB,
  ],
  ["stores/dynamodb/store.ts", "if (next && next !== entry) await list(id, next)", "", DYNAMODB],
  ["stores/dynamodb/store.ts", '${next ? ", entry = :entry" : ""}', "", DYNAMODB],
  [
    "stores/dynamodb/store.ts",
    "before?.owner === owner && expiresAt <= before.until",
    "before?.owner === owner",
    DYNAMODB,
  ],
  ["stores/dynamodb/store.ts", "before.entry.owner !== entry?.owner", "false", DYNAMODB],
  ["stores/dynamodb/store.ts", "each?.record.userId === userId", "each", DYNAMODB],
  ["stores/dynamodb/sweep.ts", ", ...condition }", " }", DYNAMODB],
  ["stores/dynamodb/sweep.ts", "begins_with(pk, :ours)", "attribute_exists(pk) OR pk = :ours", DYNAMODB],
  ["stores/dynamodb/client.ts", "return attempts > 1 && isOurs()", "return false", "faults/dynamodb"],
  ["stores/dynamodb/client.ts", "return attempts > 1 && isOurs()", "return attempts > 1", "faults/dynamodb"],
  ["stores/dynamodb/client.ts", "return attempts > 1 && isOurs()", "return isOurs()", DYNAMODB],
  [
    "stores/dynamodb/client.ts",
    "start = page.LastEvaluatedKey as DynamodbStart",
    "start = undefined",
    DYNAMODB,
  ],
  ["stores/dynamodb/open.ts", "abortSignal: AbortSignal.timeout(TIMEOUT)", "", "faults/dynamodb"],
  ["stores/cached/slot.ts", "|| end <= Date.now()", "", "unit/cached-store"],
  ["stores/cached/slot.ts", "expiresAt: end + rest", "expiresAt: end", "unit/cached-store"],
  ["stores/cached/slot.ts", "|| others.length > 0", "", "unit/cached-store"],
  [
    "stores/cached/store.ts",
    "!pending.has(id) && (await lease.end(found))",
    "(await lease.end(found))",
    "unit/cached-",
  ],
  ["stores/cached/store.ts", "if (!isShown) await pending.add(id)", "", "unit/cached-"],
  ["stores/sqlite/connection.ts", "return isLogged(path) && logSize(path) === 0", "return false", LOOK],
  ["stores/sqlite/connection.ts", "{ readOnly: true })\n}", "{})\n}", LOOK],
  ["stores/sqlite/file.ts", 'await reader.read("")', "", LOOK],
  ["stores/sqlite/file-findings.ts", "if (mode & 0o022)", "if (mode & 0)", "operations/findings-sqlite"],
  [
    "stores/sqlite/table-finding.ts",
    'row.name === "id" && row.unique',
    'row.name === "id" || row',
    "operations/findings-sqlite",
  ],

  ["stores/file/open.ts", "if (missing.length === 0) return store", "return store", "operations/file-look"],
  [
    "stores/file/places.ts",
    "return uid === 0 ? undefined : { uid, gid }",
    "return undefined",
    "operations/file-look",
  ],
  [
    "stores/file/sample.ts",
    "if (Math.abs(file.mtimeMs - file.ctimeMs) < 1000) counts.undated++",
    "",
    "operations/findings-file",
  ],
  [
    "stores/file/record.ts",
    "stats?.isFile() ? Math.round(stats.mtimeMs) : 0",
    "Math.round(stats?.mtimeMs ?? 9e15)",
    "unit/file-torn",
  ],
]
