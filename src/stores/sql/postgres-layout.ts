import type { SqlConnection } from "./connection.ts"
import { quoted } from "./creation.ts"
import type { Column, Index, Layout } from "./layout.ts"

/** What has the table's name, where PostgreSQL would look for it; `undefined` when nothing has. */
export async function postgresLayout(connection: SqlConnection, table: string): Promise<Layout | undefined> {
  const [found] = await connection.rows<Found>(whichRelation(quoted("postgres", table)), [])
  if (!found) return undefined
  const { oid, kind, bytes, taken } = found
  // In this order a name that is taken in between is one of an index that is seen.
  const columns = await connection.rows<FoundColumn>(columnsOf(oid), [])
  const indexes = await connection.rows<FoundIndex>(indexesOf(oid), [])
  return {
    dialect: "postgres",
    kind: KINDS[kind] ?? "thing of another kind",
    columns: columns.map(columnOf),
    indexes: indexes.map(indexOf),
    isTransactional: true,
    isPartitioned: kind === "p",
    bytes: Number(bytes),
    takenNames: listOf(taken) as readonly string[],
    jsonColumns: [],
  }
}

interface Found {
  readonly oid: string
  readonly kind: string
  readonly bytes: string
  readonly taken: unknown
}

interface FoundColumn {
  readonly name: string
  readonly type: string
  readonly base: string | null
  readonly length: number | null
  readonly collation: string | null
  readonly is_nullable: boolean
  readonly is_filled: boolean
}

interface FoundIndex {
  readonly name: string
  readonly columns: unknown
  readonly is_unique: boolean
  readonly is_primary: boolean
  readonly is_valid: boolean
  readonly is_ordered: boolean
  readonly predicate: string | null
  readonly con: string | null
}

function columnOf({ name, type, base, length, collation, is_nullable, is_filled }: FoundColumn): Column {
  const isUsual = collation === null || collation === "C"
  return {
    name,
    type: isUsual ? bare(type) : `${bare(type)} COLLATE "${collation}"`,
    base: base ?? type, // of another schema
    length: length ?? undefined,
    collation: collation ?? undefined,
    isNullable: is_nullable,
    isFilled: is_filled,
  }
}

function indexOf({ name, columns, predicate, con, ...is }: FoundIndex): Index {
  const named = listOf(columns).map((column) => column ?? undefined) as (string | undefined)[]
  return {
    name,
    columns: named,
    first: is.is_ordered || named[0] !== "expires_at" ? named[0] : undefined,
    isUnique: is.is_unique,
    isPrimary: is.is_primary,
    isComplete: predicate === null || bare(predicate) === `(${named[0]} IS NOT NULL)`,
    isValid: is.is_valid,
    constraint: con ?? undefined,
  }
}

/** Without the quotes that names get under `quote_all_identifiers`. */
function bare(text: string): string {
  return text.replaceAll('"', "")
}

/** A list in JSON, which some drivers leave as text. */
function listOf(json: unknown): readonly unknown[] {
  return (typeof json === "string" ? JSON.parse(json) : json) ?? []
}

const KINDS: Readonly<Record<string, string>> = {
  r: "table",
  p: "table",
  v: "view",
  m: "materialized view",
  f: "foreign table",
  S: "sequence",
  i: "index",
  I: "index",
  c: "composite type",
}

function whichRelation(name: string): string {
  return `SELECT c.oid::text AS oid, c.relkind::text AS kind,
  (SELECT coalesce(sum(pg_table_size(t.relid)), pg_table_size(c.oid)) FROM pg_partition_tree(c.oid) t)::text AS bytes,
  (SELECT json_agg(o.relname) FROM pg_class o
    WHERE o.relnamespace = c.relnamespace AND starts_with(o.relname::text, c.relname || '_')) AS taken
FROM pg_class c WHERE c.oid = to_regclass('${name}')`
}

/** The collation of a database that has C by itself is C. */
function columnsOf(oid: string): string {
  return `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, (SELECT t.typname::text FROM pg_type t WHERE t.oid = a.atttypid AND t.typnamespace = 'pg_catalog'::regnamespace) AS base,
  CASE WHEN a.atttypid = 'varchar'::regtype AND a.atttypmod > 4 THEN a.atttypmod - 4 END AS length,
  CASE WHEN l.collname = 'default' AND d.datcollate IN ('C', 'POSIX') THEN d.datcollate
    WHEN l.collname = 'default' THEN d.datcollate || ' (of the database)' ELSE l.collname END AS collation,
  NOT a.attnotnull AS is_nullable, a.atthasdef OR a.attidentity <> '' AS is_filled
FROM pg_attribute a LEFT JOIN pg_collation l ON l.oid = a.attcollation
  JOIN pg_database d ON d.datname = current_database()
WHERE a.attrelid = ${oid} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`
}

function indexesOf(oid: string): string {
  return `SELECT i.relname AS name, x.indisunique AS is_unique, x.indisprimary AS is_primary,
  x.indisvalid AND x.indisready AND x.indimmediate AS is_valid, m.amname = 'btree' AS is_ordered,
  pg_get_expr(x.indpred, x.indrelid) AS predicate, o.conname AS con,
  (SELECT json_agg(a.attname ORDER BY k.at) FROM unnest(x.indkey::int2[]) WITH ORDINALITY k (n, at)
    LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.n WHERE k.at <= x.indnkeyatts) AS columns
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am m ON m.oid = i.relam
  LEFT JOIN pg_constraint o ON o.conindid = x.indexrelid AND o.contype IN ('p', 'u')
WHERE x.indrelid = ${oid} ORDER BY i.relname`
}
