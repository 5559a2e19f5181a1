// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is looked for is source text
import type { Mutation } from "./mutation.ts"

/** What is broken in src/django. */
export const DJANGO_MUTATIONS: readonly Mutation[] = [
  [
    "django/auth.ts",
    "if (current.some(isStored)) return true",
    "return true",
    "django/auth django/table django/db",
  ],
  ["django/auth.ts", "    session.rotate()\n    data[HASH]", "    data[HASH]", "django/table"],
  ["django/auth.ts", "  session.destroy()\n  return false", "  return false", "django/table django/db"],
  [
    "django/auth.ts",
    "if (Object.hasOwn(data, CSRF)) data[CSRF] =",
    "if (false) data[CSRF] =",
    "django/db django/auth django/table django/cache",
  ],
  ["django/auth.ts", "if (isOutdated && !state.isClosed) replace(state)", "", "django/table"],
  [
    "django/auth.ts",
    "given.length === expected.length && timingSafeEqual(given, Buffer.from(expected))",
    "given.length === expected.length",
    "django/auth django/table",
  ],

  ["django/base62.ts", "value < 0 ? `-${text}` : text", "text", "django/signing"],

  ["django/byte-cache.ts", "left < 0 ? 365 * 86_400_000 : left", "left", "django/cached-table"],

  [
    "django/cache-client.ts",
    'typeof (client as MemcachedClient | undefined)?.send === "function"',
    "false",
    "django/cache",
  ],

  [
    "django/cache-store.ts",
    "if (found?.version !== version) return false",
    "if (!found) return false",
    "django/cache -t compares versions",
  ],
  ["django/cache-store.ts", "!/^[!-~]{0,150}$/.test(keyPrefix)", "false", "unit/django-options"],

  [
    "django/cached-table.ts",
    "if ((await table.read(id))?.record.payload !== payload) await forget(id)",
    "",
    "django/cached-table",
  ],
  ["django/cached-table.ts", "else if (isOvertaken) await forget(id)", "", "django/cached-table"],
  [
    "django/cached-table.ts",
    "if (next === undefined) noteOvertaken(id)\n      else if",
    "if (next === undefined) void 0\n      else if",
    "django/cached-table",
  ],
  [
    "django/cached-table.ts",
    "      const wasThere = await table.delete(id)\n      await forget(id)",
    "      const wasThere = await table.delete(id)",
    "django/cached-table",
  ],

  [
    "django/clock.ts",
    "return local - offset(local - offset(local, zone), zone)",
    "return local - offset(local, zone)",
    "django/edges",
  ],
  ["django/clock.ts", "if (from !== undefined) return local", "", "django/edges"],

  ["django/codec.ts", "if (Object.hasOwn(data, EXPIRY_KEY))\n", "if (false)\n", "django/table"],
  ["django/codec.ts", "if (bytes[0] === PICKLE)\n", "if (false)\n", "django/unreadable"],
  ["django/codec.ts", "keyText(key) !== EXPIRY_KEY", "true", "django/table"],
  [
    "django/codec.ts",
    "const dict = new Map(revise(kept, data) as PythonDict)",
    "const dict = new Map(revise(undefined, data) as PythonDict)",
    "django/python-value django/cache django/table",
  ],
  [
    "django/codec.ts",
    'typeof user === "string" || typeof user === "bigint"',
    'typeof user === "string"',
    "django/edges",
  ],

  [
    "django/columns.ts",
    "if (DJANGO.includes(name.toLowerCase()))\n",
    "if (false)\n",
    "django/columns -t the option columns",
  ],
  [
    "django/columns.ts",
    '(typeof value === "number" && Number.isFinite(value))',
    'typeof value === "number"',
    "django/columns",
  ],
  ["django/columns.ts", "if (!COLUMN.test(name))\n", "if (false)\n", "django/columns -t the option columns"],

  [
    "django/decode.ts",
    "if (!contents || isUnread(contents)) return undefined",
    "if (!contents) return undefined",
    "operations/django-cli unit/django-limits",
  ],
  [
    "django/decode.ts",
    'typeof sessionData === "string" ? codec.decode(sessionData) : undefined',
    "codec.decode(sessionData)",
    "unit/django-limits",
  ],

  ["django/engine.ts", "takesLast: true,", "", "django/db"],
  [
    "django/engine.ts",
    "if (draft.userId === null || parseData(draft.text)?._auth_user_id !== undefined) return draft",
    "return draft",
    "django/table django/auth django/docs",
  ],

  ["django/expiry.ts", "if (expiry === null) dict.delete(EXPIRY_KEY)\n  else", "", "django/table"],
  ["django/expiry.ts", "return useTz ? `${text}+00:00` : text", "return text", "django/table django/db"],
  [
    "django/expiry.ts",
    'typeof value === "bigint" || typeof value === "boolean"',
    'typeof value === "boolean"',
    "django/table django/files",
  ],

  [
    "django/file-lock.ts",
    'if ((error as NodeJS.ErrnoException).code === "EEXIST") return false\n    throw error',
    "return true",
    "django/files",
  ],
  ["django/file-lock.ts", "if (Date.now() - mtimeMs < STALE) return", "return", "django/files"],
  ["django/file-lock.ts", "    unlinkSync(path)\n", "", "django/files"],

  ["django/files.ts", 'readFileSync(path, "latin1") !== version ||', "", "django/files"],
  ["django/files.ts", 'if (payload === "") return undefined', "", "django/files"],
  ["django/files.ts", "if (left && left.mtimeMs + HOUR < Date.now())", "if (left)", "django/edges"],

  ["django/import.ts", "if (userId !== null && !isUserId(userId)) return undefined", "", "django/import"],
  ["django/import.ts", 'if (isRecordTooLarge(error)) return "unreadable"', "", "django/import"],
  ["django/import.ts", "djangoKeys.isWellFormed(key) && isRecord(record) ?", "true ?", "django/import"],
  ["django/import.ts", "if (rows.length < batchSize) break\n", "break\n", "django/databases django/import"],

  ["django/keys.ts", "/^[a-z0-9]{32}$/", "/^[a-z0-9/.]+$/", "django/table"],
  ["django/keys.ts", "alphabet[randomInt(alphabet.length)]", "alphabet[0]", "django/table django/db"],

  ["django/memcached-bytes.ts", "`C${version}`)\n", '"MS")\n', "django/cache -t compares versions"],
  ["django/memcached-bytes.ts", "F${PICKLED} ", "", "django/cache"],

  ["django/patience.ts", "if (signal?.aborted) stop()", "", "django/patience"],

  [
    "django/pickle-reader.ts",
    "checkSize(value, Math.max(maxBytes, bytes.length))",
    "",
    "django/pickle unit/django-limits",
  ],
  ["django/pickle-reader.ts", "if (stack.length > 0) throw", "if (false) throw", "django/pickle"],
  [
    "django/pickle-reader.ts",
    "return BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`))",
    "return BigInt(`0x${hex}`)",
    "django/pickle",
  ],
  [
    "django/pickle-reader.ts",
    "if (index > limit) throw",
    "if (false) throw",
    "django/pickle unit/django-limits",
  ],

  [
    "django/pickle-writer.ts",
    "if (bytes.length <= 4) put(0x4a, int32(value))",
    "if (bytes.length <= 3) put(0x4a, int32(value))",
    "django/edges",
  ],
  ["django/pickle-writer.ts", "known < 2 ** 8", "known < 2 ** 7", "django/edges"],
  [
    "django/pickle-writer.ts",
    "if (items.length > 3) put(MARK)",
    "if (items.length > 2) put(MARK)",
    "django/pickle",
  ],

  ["django/python-json.ts", "if (digits.length > MAX_DIGITS) throw BROKEN", "", "unit/django-limits"],
  [
    "django/python-json.ts",
    "return at === text.length ? whole : undefined",
    "return whole",
    "django/python-value django/pickle",
  ],
  [
    "django/python-json.ts",
    "/[\\u007f-\\uffff]/g",
    "/[\\u0100-\\uffff]/g",
    "django/signing django/python-value django/pickle",
  ],

  [
    "django/python-value.ts",
    "Number.isInteger(value) && Math.abs(value) < 1e21 ? BigInt(value) : value",
    "value",
    "django/python-value",
  ],
  ["django/python-value.ts", "if (depth > MAX_DEPTH)\n", "if (false)\n", "django/python-value"],
  [
    "django/python-value.ts",
    "setOwn(object, keyText(key), plain(inner))",
    "object[keyText(key)] = plain(inner)",
    "django/python-value",
  ],
  ["django/python-value.ts", 'if (Object.is(value, -0)) return "-0.0"', "", "django/python-value"],

  [
    "django/redis-bytes.ts",
    "if redis.call('GET', KEYS[1]) ~= ARGV[3] then return 0 end",
    "",
    "django/cache -t compares versions",
  ],
  ["django/redis-bytes.ts", "'PX', ARGV[1], 'NX')", "'PX', ARGV[1])", "django/cache -t compares versions"],

  [
    "django/salts.ts",
    "django.contrib.sessions.SessionStore",
    "django.contrib.sessions.Store",
    "django/db django/table django/import operations/django-cli",
  ],
  ["django/salts.ts", "backends.signed_cookies", "backends.db", "django/signed-cookies"],

  ["django/sessions.ts", "{ maxAge: settings.idle }", "{}", "django/edges"],
  ["django/sessions.ts", 'form: options.legacy ? "oldest" : undefined', "form: undefined", "django/legacy"],
  [
    "django/sessions.ts",
    "isUnread(contents) ? undefined : (contents?.expiry ?? null)",
    "isUnread(contents) ? null : (contents?.expiry ?? null)",
    "django/unreadable",
  ],

  ["django/settings.ts", 'keepsUnread: onUnreadable === "refuse"', "keepsUnread: true", "django/unreadable"],
  [
    "django/settings.ts",
    "slidesOnUse: options.saveEveryRequest ?? false",
    "slidesOnUse: true",
    "django/table",
  ],
  ["django/settings.ts", 'zone: useTz ? "UTC" : timeZone', "zone: timeZone", "django/table"],
  [
    "django/settings.ts",
    "absolute: Number.POSITIVE_INFINITY,",
    "",
    "django/table django/files django/signed-cookies",
  ],

  ["django/signed-cookies.ts", "if (expiresAt <= Date.now()) return NOBODY", "", "django/signed-cookies"],

  ["django/signing.ts", 'if (algorithm === "sha1" && !legacy) return false', "", "django/signing"],
  ["django/signing.ts", "now / 1000 - seconds > maxAge", "now / 1000 - seconds >= maxAge", "django/signing"],
  [
    "django/signing.ts",
    "a.length === b.length && timingSafeEqual(a, b)",
    "a.length === b.length",
    "django/signing",
  ],
  [
    "django/signing.ts",
    'inflateSync(Buffer.from(payload.slice(1), "base64url"), { maxOutputLength })',
    'inflateSync(Buffer.from(payload.slice(1), "base64url"))',
    "unit/django-limits",
  ],

  [
    "django/surrogates.ts",
    "if (!LONE.test(text)) return Buffer.from(text)",
    "return Buffer.from(text)",
    "django/pickle",
  ],
  [
    "django/surrogates.ts",
    "{ fatal: true, ignoreBOM: true }",
    "{ fatal: false, ignoreBOM: true }",
    "django/pickle",
  ],

  [
    "django/table-dialect.ts",
    '"CAST(session_data AS BINARY) = CAST(? AS BINARY)"',
    '"session_data = ?"',
    "django/databases",
  ],
  [
    "django/table-dialect.ts",
    'typeof value === "boolean" ? Number(value) : value',
    "value",
    "django/columns -t is what",
  ],

  [
    "django/table-statements.ts",
    "touch: marked(`UPDATE ${table} SET expire_date = ${instant} WHERE ${isLive} AND ${isData}`)",
    "touch: marked(`UPDATE ${table} SET expire_date = ${instant} WHERE ${isLive} AND (1 = 1 OR ${isData})`)",
    "django/table",
  ],
  [
    "django/table-statements.ts",
    "WHERE expire_date <= ${instant} AND session_key IN (",
    "WHERE (1 = 1 OR expire_date <= ${instant}) AND session_key IN (",
    "django/table django/databases",
  ],
  [
    "django/table-statements.ts",
    "session_key = ? AND expire_date > ${instant}`",
    "session_key = ? AND (1 = 1 OR expire_date > ${instant})`",
    "django/edges",
  ],

  [
    "django/table.ts",
    "row?.session_key === id ? found(row) : undefined",
    "row && found(row)",
    "django/databases",
  ],
  ["django/table.ts", "if (batch.found < batchSize) break", "break", "django/table"],
  [
    "django/table.ts",
    "if (isDuplicate && (await rows(statements.exists, id)).length > 0) return undefined",
    "if (isDuplicate) return undefined",
    "django/columns django/databases",
  ],
]
