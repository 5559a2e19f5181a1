// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is looked for is source text
import type { Mutation } from "./mutation.ts"

const MEMORY = "laws/memory"
const SQL = "laws/sqlite unit/sql security/d-store"
const LOOK = "laws/sqlite-look"
const REDIS = "laws/redis-commands laws/redis.test"

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
    '.where(is("user_id", "userId"))\n        .where(isLive),\n    ),\n    // MySQL',
    '.where(is("user_id", "userId")),\n    ),\n    // MySQL',
    SQL,
  ],
  ["stores/sql/statements.ts", "expires_at`)} <= ${", "expires_at`)} >= ${", SQL],

  ["stores/sql/store.ts", "(rewrite && (await write(rewrite, values)) > 0) ||", "", SQL],
  ["stores/sql/store.ts", "const version = Math.floor(Math.random() * 2 ** 48)", "const version = 1", SQL],
  [
    "stores/sql/store.ts",
    "const nextVersion = Number(version) + 1",
    "const nextVersion = Number(version)",
    SQL,
  ],
  ["stores/sql/store.ts", "if (batch < batchSize) break", "break", SQL],

  ["stores/sql/schema.ts", " WITH (fillfactor = 90)", "", "laws/postgres"],
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
  ["stores/redis/store.ts", "isTogether = false\n", "", REDIS],
  ["stores/redis/store.ts", "isTogether || call.keys.length === 1", "true", REDIS],
  ["stores/redis/store.ts", "expiresAt <= before.expiresAt\n    const isNew", "true\n    const isNew", REDIS],
  ["stores/redis/store.ts", "isNew && isSomebody(before.owner)", "false", REDIS],
  ["stores/redis/store.ts", "link.isCached && !fresh", "link.isCached", "laws/near-cache"],

  ["stores/redis/client.ts", "client.isReady === true", "false", REDIS],
  ["stores/redis/client.ts", "client.isReady === true", "true", REDIS],

  ["stores/redis/scripts.ts", "if mark ~= ARGV[1] then return false end", "", REDIS],
  ["stores/redis/scripts.ts", "if KEYS[3] then redis.pcall('ZREM', KEYS[3], ARGV[5]) end", "", REDIS],
  ["stores/redis/scripts.ts", "elseif KEYS[2] then redis.pcall", "elseif false then redis.pcall", REDIS],
  ["stores/redis/scripts.ts", "elseif KEYS[2] then redis.pcall", "elseif KEYS[2] then redis.call", REDIS],
  ["stores/redis/scripts.ts", "if ARGV[6] == '1' then ${enlist", "if false then ${enlist", REDIS],
  ["stores/redis/scripts.ts", "if KEYS[2] then ${enlist", "if false then ${enlist", REDIS],

  ["stores/record-text.ts", "drawn += 12\n", "drawn += 0\n", REDIS],

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
  [
    "stores/redis/scripts.ts",
    "if redis.call('GETRANGE', KEYS[1], 0, 15) ~= ARGV[3] then return false end",
    "",
    REDIS,
  ],
  [
    "stores/file/store.ts",
    "if (entry?.version !== version) return false",
    "if (!entry) return false",
    "laws/file.test",
  ],
  ["stores/memcached/store.ts", "|| item.mark !== mark", "", "laws/memcached"],

  ["stores/sqlite/connection.ts", "return isLogged(path) && logSize(path) === 0", "return false", LOOK],
  ["stores/sqlite/connection.ts", "{ readOnly: true })\n}", "{})\n}", LOOK],
  ["stores/sqlite/file.ts", 'await reader.read("")', "", LOOK],
  ["stores/sqlite/file-findings.ts", "if (mode & 0o022)", "if (mode & 0)", "laws/findings-sqlite"],
  [
    "stores/sqlite/table-finding.ts",
    'row.name === "id" && row.unique',
    'row.name === "id" || row',
    "laws/findings-sqlite",
  ],

  ["stores/file/open.ts", "if (missing.length === 0) return store", "return store", "laws/file-look"],
  [
    "stores/file/places.ts",
    "return uid === 0 ? undefined : { uid, gid }",
    "return undefined",
    "laws/file-look",
  ],
  [
    "stores/file/sample.ts",
    "if (Math.abs(file.mtimeMs - file.ctimeMs) < 1000) counts.undated++",
    "",
    "laws/findings-file",
  ],
  [
    "stores/file/record.ts",
    "stats?.isFile() ? Math.round(stats.mtimeMs) : 0",
    "Math.round(stats?.mtimeMs ?? 9e15)",
    "unit/file-torn",
  ],
]
