// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is looked for is source text
import type { Mutation } from "./mutation.ts"

/** What is broken in src/stores/sql and src/stores/sqlite. */
export const SQL_MUTATIONS: readonly Mutation[] = [
  [
    "stores/sql/advice.ts",
    'return code === "25006" || READ_ONLY_ERRORS.includes(errno)',
    "return false",
    "operations/read-only faults/sql-failover",
  ],
  ["stores/sql/advice.ts", 'code === "26000" ||', "", "laws/pgbouncer"],
  ["stores/sql/advice.ts", "|| message.endsWith(advice)", "", "laws/pgbouncer operations/read-only"],

  ["stores/sql/clock.ts", "utc_timestamp(3)", "now(3)", "laws/clocks operations/mysql-settings"],
  ["stores/sql/clock.ts", "clock_timestamp()) * 1000", "clock_timestamp())", "laws/postgres.test"],

  [
    "stores/sql/column-differences.ts",
    'const isAddable = name === "user_id" || name === "version"',
    "const isAddable = true",
    "unit/sql-layout",
  ],
  [
    "stores/sql/column-differences.ts",
    "if (isNullable || isFilled) return []",
    "return []",
    "unit/sql-layout",
  ],
  [
    "stores/sql/column-differences.ts",
    '(dialect === "sqlite" && there.isNullable)',
    "true",
    "operations/migrate",
  ],
  [
    "stores/sql/column-differences.ts",
    "wanted.fits(there) && isNullRight &&",
    "isNullRight &&",
    "unit/sql-layout",
  ],
  [
    "stores/sql/column-differences.ts",
    'isNullable ? "DROP" : "SET"',
    'isNullable ? "SET" : "DROP"',
    "operations/migrate",
  ],

  [
    "stores/sql/columns.ts",
    '    id: ["text", (column) => isSqliteText(column) && isBytewise(column)]',
    '    id: ["text", isSqliteText]',
    "unit/sql-layout",
  ],
  [
    "stores/sql/columns.ts",
    'base === "longtext" && charset === "utf8mb4"',
    'charset === "utf8mb4"',
    "operations/migrate",
  ],
  [
    "stores/sql/columns.ts",
    'payload: ["text", (column) => isPostgresText(column, Number.POSITIVE_INFINITY)]',
    'payload: ["text", (column) => isPostgresText(column, 0)]',
    "operations/migrate",
  ],
  [
    "stores/sql/columns.ts",
    "(column) => isPostgresText(column, 255) && isBytewise(column)",
    "(column) => isPostgresText(column, 255)",
    "operations/migrate",
  ],

  [
    "stores/sql/connect.ts",
    'can(database, "query", "connect") && "totalCount" in database',
    'can(database, "query", "connect")',
    "unit/sql.test unit/wrong-options laws/mariadb.test",
  ],
  [
    "stores/sql/connect.ts",
    '"execute") && "pool" in database',
    '"execute")',
    "unit/sql.test unit/wrong-options laws/mariadb.test",
  ],
  ["stores/sql/connect.ts", "{ patience: MINUTE, ...options }", "options", "faults/sql-failover"],

  ["stores/sql/connection.ts", "PATIENCE = 10_000", "PATIENCE = 10_000_000", "faults/sql-failover"],

  ["stores/sql/creation.ts", " WITH (fillfactor = 90)", "", "laws/postgres"],
  ["stores/sql/creation.ts", 'isNullable ? "" : " NOT NULL"', '""', "unit/sql.test unit/sql-layout"],
  [
    "stores/sql/creation.ts",
    "` WHERE ${quoted(dialect, column)} IS NOT NULL`",
    "` WHERE ${quoted(dialect, column)} IS NULL`",
    "unit/sql-layout unit/sql.test",
  ],
  [
    "stores/sql/creation.ts",
    "part.replaceAll(quote, quote + quote)",
    "part",
    "unit/sql.test unit/sql-layout operations/migrate",
  ],

  ["stores/sql/differences.ts", "isTransactional ? []", "true ? []", "operations/migrate"],
  [
    "stores/sql/differences.ts",
    'if (kind !== "table") return',
    "if (false) return",
    "unit/sql-layout operations/migrate",
  ],

  [
    "stores/sql/index-differences.ts",
    "while (takenNames.includes(indexName(name, column, nth))) nth++",
    "",
    "unit/sql-layout",
  ],
  ["stores/sql/index-differences.ts", "bytes < LARGE", "bytes >= 0", "unit/sql-layout"],
  [
    "stores/sql/index-differences.ts",
    "isUnique && isComplete && isValid && columns.length === 1",
    "columns.length === 1",
    "unit/sql-layout operations/migrate",
  ],
  [
    "stores/sql/index-differences.ts",
    "index.isUnique && !index.isPrimary && isOfOurs(dialect, index)",
    "false",
    "unit/sql-layout operations/migrate",
  ],

  [
    "stores/sql/literals.ts",
    'Buffer.from(value).toString("hex")',
    'Buffer.from(value, "latin1").toString("hex")',
    "operations/mysql-settings",
  ],
  [
    "stores/sql/literals.ts",
    'if (value === null) return "NULL"',
    "if (value === null) return \"''\"",
    "operations/mysql-settings",
  ],

  ["stores/sql/migrate.ts", "if (found.every(({ isSafe }) => isSafe))", "if (found)", "unit/sql-layout"],
  [
    "stores/sql/migrate.ts",
    "if (attempt >= ATTEMPTS) throw error",
    "throw error",
    "operations/migrate laws/postgres.test",
  ],
  [
    "stores/sql/migrate.ts",
    "if (isForbidden(error)) throw forbidden(error, statements)",
    "",
    "operations/rights",
  ],

  ["stores/sql/mysql-findings.ts", "(isMariadb ? 1002 : 507)", "507", "unit/sql-layout"],
  [
    "stores/sql/mysql-findings.ts",
    "open >= 0.9 * Number(most)",
    "open >= Number(most) + 1",
    "operations/doctor-sql",
  ],
  [
    "stores/sql/mysql-findings.ts",
    '.filter((set) => set !== "utf8mb4")',
    '.filter((set) => set === "latin9")',
    "operations/doctor-sql",
  ],
  [
    "stores/sql/mysql-findings.ts",
    "Number(most) < LEAST_PACKET && { problem",
    "false && { problem",
    "operations/doctor-sql",
  ],

  [
    "stores/sql/mysql-inspection.ts",
    'const findings = [...server, await clock.catch(remark("clock")),',
    "const findings = [...server,",
    "operations/doctor-sql operations/cli-servers",
  ],

  [
    "stores/sql/mysql-layout.ts",
    "table_name === name || Number(folds) > 0",
    "table_name === name",
    "operations/migrate",
  ],
  [
    "stores/sql/mysql-layout.ts",
    "sub_part === null ? nameOf(column_name) : undefined",
    "nameOf(column_name)",
    "operations/migrate",
  ],
  [
    "stores/sql/mysql-layout.ts",
    'part?.is_visible !== "NO" && part?.ignored !== "YES"',
    "true",
    "operations/migrate operations/doctor-sql",
  ],

  [
    "stores/sql/open-mysql.ts",
    "await Promise.race([pool.promise().end(), late])",
    "await pool.promise().end()",
    "operations/cli-patience operations/cli-servers faults/sql-failover",
  ],
  [
    "stores/sql/open-mysql.ts",
    "      connections.delete(connection)\n      onError(error)",
    "connections.delete(connection)",
    "operations/cli-servers",
  ],
  [
    "stores/sql/open-mysql.ts",
    "{ prepare, patience: PATIENCE }",
    "{ prepare: true, patience: PATIENCE }",
    "operations/mysql-settings",
  ],

  [
    "stores/sql/open-postgres.ts",
    'pool.on("error", onError)',
    'pool.on("error", () => {})',
    "operations/cli-servers",
  ],
  [
    "stores/sql/open-postgres.ts",
    "{ prepare, patience: PATIENCE }",
    "{ prepare: true, patience: PATIENCE }",
    "laws/pgbouncer",
  ],

  ["stores/sql/pooler-findings.ts", "if (!prepare) return", "if (false) return", "laws/pgbouncer"],
  ["stores/sql/pooler-findings.ts", "...(isLosing && { problem: LOSES })", "", "laws/pgbouncer"],

  ["stores/sql/postgres-findings.ts", "server.number < OLDEST", "server.number < 0", "unit/sql-layout"],
  ["stores/sql/postgres-findings.ts", "if (is_read_only)\n", "if (false)\n", "operations/doctor-sql"],
  [
    "stores/sql/postgres-findings.ts",
    "is_vacuumless || (dead > MANY && dead > live)",
    "is_vacuumless",
    "operations/doctor-sql",
  ],
  [
    "stores/sql/postgres-findings.ts",
    "...(missing_rights\n",
    "...(false\n",
    "operations/doctor-sql operations/rights operations/doctor-trial",
  ],

  [
    "stores/sql/postgres-inspection.ts",
    'if (layout?.kind !== "table") return [...server, found]',
    "",
    "operations/doctor-sql operations/cli-servers",
  ],
  [
    "stores/sql/postgres-inspection.ts",
    "WHERE name = 'statement_timeout'",
    "WHERE name = 'lock_timeout'",
    "operations/doctor-sql",
  ],

  ["stores/sql/postgres-layout.ts", "predicate === null ||", "true ||", "operations/migrate"],
  [
    "stores/sql/postgres-layout.ts",
    "x.indisvalid AND x.indisready AND x.indimmediate AS is_valid",
    "true AS is_valid",
    "operations/migrate",
  ],
  [
    "stores/sql/postgres-layout.ts",
    "WHERE k.at <= x.indnkeyatts) AS columns",
    ") AS columns",
    "operations/migrate",
  ],

  [
    "stores/sql/remark.ts",
    "remark: (error as Error).message",
    "problem: (error as Error).message",
    "operations/doctor-sql operations/rights",
  ],

  ["stores/sql/retry.ts", 'code === "40001" ||', "", "laws/postgres.test"],
  [
    "stores/sql/retry.ts",
    'code === "0A000" && message?.includes("cached plan")',
    "false",
    "laws/postgres.test",
  ],
  ["stores/sql/retry.ts", "[1213, 1615, 1020]", "[1615, 1020]", "laws/mariadb.test"],
  ["stores/sql/retry.ts", "|| (attempt === 1 && isReadOnly(error))", "", "faults/sql-failover"],
  [
    "stores/sql/retry.ts",
    "if (isTooLarge(error) ||",
    "if (",
    "unit/too-large operations/postgres-settings operations/mysql-settings",
  ],
  [
    "stores/sql/retry.ts",
    "2 * Math.max(...sizes) > Number(row?.most)",
    "Math.max(...sizes) > Number(row?.most)",
    "operations/mysql-settings",
  ],

  [
    "stores/sql/schema.ts",
    "/^(?:[A-Za-z_]\\w{0,47}\\.)?[A-Za-z_]\\w{0,47}$/.test(table)",
    "/^.*$/.test(table)",
    "laws/sqlite unit/sql security/d-store",
  ],
  [
    "stores/sql/schema.ts",
    'checkNames("migrationSql(dialect, options)", options, TABLE_OPTIONS)',
    "",
    "unit/sql.test unit/wrong-options",
  ],

  ["stores/sql/sqlite-layout.ts", "Number(partial) === 0 ||", "true ||", "unit/sql-layout"],
  ["stores/sql/sqlite-layout.ts", "dflt_value !== null || Number(hidden) > 0", "false", "unit/sql-layout"],
  [
    "stores/sql/sqlite-layout.ts",
    "lower(name) = lower(${of(name)})",
    "name = ${of(name)}",
    "unit/sql-layout",
  ],

  [
    "stores/sql/statements.ts",
    "              .where(hasVersion)\n",
    "",
    "laws/sqlite unit/sql security/d-store",
  ],
  [
    "stores/sql/statements.ts",
    '.where(sql<SqlBool>`${sql.ref("user_id")} is ${value("userId")}`)',
    "",
    "laws/sqlite unit/sql security/d-store",
  ],
  [
    "stores/sql/statements.ts",
    '.where(sql<SqlBool>`${sql.ref("expires_at")} = ${value("expiresAt")}`)\n              .where(isLive)',
    ".where(isLive)",
    "laws/sqlite unit/sql security/d-store",
  ],
  [
    "stores/sql/statements.ts",
    '.where(sql<SqlBool>`${sql.ref("expires_at")} = ${value("expiresAt")}`)\n              .where(isLive)',
    '.where(sql<SqlBool>`${sql.ref("expires_at")} = ${value("expiresAt")}`)',
    "laws/sqlite unit/sql security/d-store",
  ],
  [
    "stores/sql/statements.ts",
    '.where(is("user_id", "userId"))\n        .where(isLive)\n        .$if',
    '.where(is("user_id", "userId"))\n        .$if',
    "laws/sqlite unit/sql security/d-store",
  ],
  [
    "stores/sql/statements.ts",
    "expires_at`)} <= ${",
    "expires_at`)} >= ${",
    "laws/sqlite unit/sql security/d-store",
  ],
  [
    "stores/sql/statements.ts",
    ".where(hasVersion)\n        .where(isLive),\n    ),\n    remove",
    ".where(isLive),\n    ),\n    remove",
    "laws/sqlite unit/sql security/d-store",
  ],
  [
    "stores/sql/statements.ts",
    ".where(hasVersion)\n        .where(isLive),\n    ),\n    remove",
    ".where(hasVersion),\n    ),\n    remove",
    "laws/sqlite unit/sql security/d-store",
  ],

  [
    "stores/sql/store.ts",
    "connectSql(database, { prepare })",
    "connectSql(database, { prepare: true })",
    "laws/pgbouncer operations/mysql-settings",
  ],
  [
    "stores/sql/store.ts",
    "tableStore(retrying(connectSql(",
    "tableStore((connectSql(",
    "laws/postgres.test laws/mariadb.test",
  ],

  ["stores/sql/table-finding.ts", "!isValid && !isUnique", "false", "operations/doctor-sql"],
  ["stores/sql/table-finding.ts", "if (found.length > 0)\n", "if (false)\n", "operations/doctor-sql"],

  [
    "stores/sql/table-store.ts",
    "(rewrite && (await write(rewrite, values)) > 0) ||",
    "",
    "laws/sqlite unit/sql security/d-store",
  ],
  [
    "stores/sql/table-store.ts",
    "const version = Math.floor(Math.random() * 2 ** 48)",
    "const version = 1",
    "laws/sqlite unit/sql security/d-store",
  ],
  [
    "stores/sql/table-store.ts",
    "const nextVersion = Number(version) + 1",
    "const nextVersion = Number(version)",
    "laws/sqlite unit/sql security/d-store",
  ],
  [
    "stores/sql/table-store.ts",
    "if (batch < batchSize) break",
    "break",
    "laws/sqlite unit/sql security/d-store",
  ],
  [
    "stores/sql/table-store.ts",
    "return found?.version === version && found.record.expiresAt === expiresAt",
    "return false",
    "laws/mariadb.test",
  ],
  [
    "stores/sql/table-store.ts",
    "if (!statements.takeOver || (error as",
    "if ((error as",
    "laws/mariadb.test",
  ],

  [
    "stores/sql/through-kysely.ts",
    "instance.withoutPlugins()",
    "instance",
    "laws/pglite -t past its plugins",
  ],
  ["stores/sql/through-kysely.ts", "Number(rows[0]?.autocommit) === 1", "true", "operations/mysql-settings"],
  [
    "stores/sql/through-kysely.ts",
    "Number((await run(text, parameters)).numAffectedRows ?? 0)",
    "1",
    "laws/pglite",
  ],

  [
    "stores/sql/through-mysql.ts",
    "if (!commits.get(connection)) await ask(",
    "if (false) await ask(",
    "operations/mysql-settings",
  ],
  ["stores/sql/through-mysql.ts", "(serverStatus & AUTOCOMMIT) !== 0", "true", "operations/mysql-settings"],
  [
    "stores/sql/through-mysql.ts",
    "&& !isReadOnly(error) && !isSilence(error)) connection.release()",
    ") connection.release()",
    "faults/sql-failover",
  ],

  [
    "stores/sql/through-postgres.ts",
    "if (!prepare || parameters.length === 0) return undefined",
    "if (parameters.length === 0) return undefined",
    "laws/pgbouncer",
  ],
  [
    "stores/sql/through-postgres.ts",
    'if (pool.listenerCount("error") === 0) pool.on("error", () => {})',
    "",
    "operations/cli-servers faults/sql-failover faults/postgres",
  ],
  [
    "stores/sql/through-postgres.ts",
    "...(isHurried && { query_timeout: patience }),",
    "",
    "faults/sql-failover",
  ],

  [
    "stores/sql/through-sqlite.ts",
    "statement.setReadBigInts?.(true)",
    "",
    "laws/sqlite.test unit/sql.test unit/damaged-rows",
  ],

  ["stores/sql/upkeep.ts", "if (written < batchSize) break", "break", "unit/upkeep"],
  [
    "stores/sql/upkeep.ts",
    "expired > MANY && expired > live",
    "false",
    "operations/doctor-sql operations/findings-sqlite laws/cli.test",
  ],
  [
    "stores/sql/upkeep.ts",
    'count(ask, named, "<=", await clock())',
    'count(ask, named, "<=")',
    "laws/clocks operations/cli-servers",
  ],

  [
    "stores/sqlite/connection.ts",
    "return isLogged(path) && logSize(path) === 0",
    "return false",
    "operations/sqlite-look",
  ],
  ["stores/sqlite/connection.ts", "{ readOnly: true })\n}", "{})\n}", "operations/sqlite-look"],
  [
    "stores/sqlite/connection.ts",
    "throw error instanceof TypeError ? error : told(error)",
    "throw error",
    "operations/sqlite-look laws/sqlite.test laws/cli.test",
  ],

  ["stores/sqlite/file-findings.ts", "if (mode & 0o022)", "if (mode & 0)", "operations/findings-sqlite"],
  [
    "stores/sqlite/file-findings.ts",
    "size > MUCH_FREE && free > MOSTLY",
    "size > MUCH_FREE && free < MOSTLY",
    "operations/findings-sqlite",
  ],
  ["stores/sqlite/file-findings.ts", "...(mode & 0o044 && { remark })", "", "operations/findings-sqlite"],
  [
    "stores/sqlite/file-findings.ts",
    "size > HUGE_LOG && { problem }",
    "false && { problem }",
    "operations/findings-sqlite",
  ],

  ["stores/sqlite/file.ts", 'await reader.read("")', "", "operations/sqlite-look"],
  [
    "stores/sqlite/file.ts",
    'if (path !== ":memory:" && !statSync(path, { throwIfNoEntry: false }))',
    "if (false)",
    "operations/sqlite-look",
  ],
  ["stores/sqlite/file.ts", "if (isOpen) connection.close()", "connection.close()", "unit/url-close"],
  [
    "stores/sqlite/file.ts",
    'path === ":memory:" ? undefined : keepReserve(connection, path)',
    "undefined",
    "faults/full-disk",
  ],

  [
    "stores/sqlite/header.ts",
    "header[19] === LOGGED",
    "true",
    "operations/findings-sqlite operations/sqlite-look",
  ],
  [
    "stores/sqlite/header.ts",
    "readSync(file, header) > 0 && header",
    "readSync(file, header) >= 0 && header",
    "operations/sqlite-look laws/sqlite.test",
  ],
  [
    "stores/sqlite/header.ts",
    "if (statSync(path).isDirectory()) throw",
    "if (false) throw",
    "operations/sqlite-look",
  ],

  [
    "stores/sqlite/open.ts",
    "mayCreate ? makeFile(path, options) : findFile(path, options)",
    "makeFile(path, options)",
    "operations/sqlite-look",
  ],

  [
    "stores/sqlite/reserve-file.ts",
    "isWhole: () => size() >= SIZE",
    "isWhole: () => true",
    "faults/full-disk",
  ],
  [
    "stores/sqlite/reserve-file.ts",
    "const remove = (): void => rmSync(place, { force: true })",
    "const remove = (): void => {}",
    "faults/full-disk",
  ],

  [
    "stores/sqlite/reserve.ts",
    "unlessFull(deletion, () => inReserve(deletion))",
    "deletion()",
    "faults/full-disk",
  ],
  ["stores/sqlite/reserve.ts", "if (!file.isWhole()) fill()", "", "faults/full-disk"],
  [
    "stores/sqlite/reserve.ts",
    "reserveFile(path).remove()\n    return open()",
    "return open()",
    "faults/full-disk",
  ],
  [
    "stores/sqlite/reserve.ts",
    "if (!FULL.includes(Number((Object(error) as { errcode?: unknown }).errcode))) throw error",
    "",
    "faults/full-disk faults/sqlite",
  ],

  [
    "stores/sqlite/store-database.ts",
    "if (/^delete\\b/i.test(text)) return",
    "if (false) return",
    "faults/full-disk",
  ],
  [
    "stores/sqlite/store-database.ts",
    "if (table !== undefined) return absent(",
    "if (false) return absent(",
    "operations/sqlite-look",
  ],

  [
    "stores/sqlite/store.ts",
    "|| /^[a-z+]+:\\/\\//i.test(path)",
    "",
    "unit/wrong-options unit/url unit/sql.test",
  ],

  [
    "stores/sqlite/table-finding.ts",
    'row.name === "id" && row.unique',
    'row.name === "id" || row',
    "operations/findings-sqlite",
  ],
  [
    "stores/sqlite/table-finding.ts",
    "if (missing.length > 0)\n",
    "if (false)\n",
    "operations/findings-sqlite operations/sqlite-look",
  ],
  [
    "stores/sqlite/table-finding.ts",
    "INDEXED.filter((column) => !columns.includes(column))",
    "[]",
    "operations/findings-sqlite",
  ],

  [
    "stores/sqlite/upkeep.ts",
    "deleteAll({ batchSize: BATCH_SIZE, ...how })",
    "deleteAll(how)",
    "unit/upkeep",
  ],
]
