// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is looked for is source text
import type { Mutation } from "./mutation.ts"

const CORE = "unit/session unit/data unit/expiry security/hostile-handlers security/c- security/faults"
const TOKENS = "unit/token-engine unit/marks unit/near-copies unit/session security/interleavings"
const COOKIE = "unit/cookie.test security/b-cookie"
const SEAL = "unit/cookie-engine security/a-"

/** What is broken in src/core. */
export const CORE_MUTATIONS: readonly Mutation[] = [
  ["core/plan.ts", "if (!facts.isLooked) return NOTHING", "", "unit/plan"],
  ["core/plan.ts", "return isFailed || isEmpty\n", "return isEmpty\n", "unit/plan"],
  ["core/plan.ts", 'facts.hasCookie ? "clear" : "leave"', '"leave"', "unit/plan"],
  [
    "core/plan.ts",
    "if (isFailed) return isStored && facts.hasPendingToken ?",
    "if (isFailed) return false ?",
    "unit/plan",
  ],
  ["core/plan.ts", "if (isEmpty) return NOTHING", "", "unit/plan"],
  ["core/plan.ts", "return facts.isQuiet ?", "return false ?", "unit/plan"],
  ["core/plan.ts", 'if (intent === "rotate")', "if (false)", "unit/plan"],
  ["core/plan.ts", 'isCookieChanged ? "send" : "leave"', '"leave"', "unit/plan"],
  ["core/plan.ts", "facts.isTouchDue ?", "false ?", "unit/plan"],

  [
    "core/credentials.ts",
    '=== undefined ? "closed" : "open"',
    '=== undefined ? "open" : "open"',
    "unit/credentials",
  ],
  ["core/credentials.ts", 'recent.length > 0 ? "late" : "wrong"', '"wrong"', "unit/credentials"],
  ["core/credentials.ts", "if (now - presentedAt < grace) return credentials", "", "unit/credentials"],
  [
    "core/credentials.ts",
    "if (presentedAt === undefined) return { ...credentials, presentedAt: now }",
    "",
    "unit/credentials",
  ],

  [
    "core/credentials.ts",
    "if (previous?.forward !== undefined) superseded.unshift(previous.proof)",
    "",
    "unit/credentials",
  ],
  ["core/credentials.ts", "cut: cut.slice(-MOST_CUTS)", "cut", "unit/credentials"],
  [
    "core/credentials.ts",
    "generation: credentials.generation + 1",
    "generation: credentials.generation",
    "unit/credentials",
  ],
  ["core/credentials.ts", "return now - at < WINDOW", "return now - at < WINDOW * 2", "unit/credentials"],
  [
    "core/credentials.ts",
    "return timingSafeEqual(LEFT, RIGHT)",
    "return LEFT.equals(LEFT)",
    "unit/credentials",
  ],

  ["core/succession.ts", "RIGHTS[verdict].opens", "true", TOKENS],
  ["core/succession.ts", 'if (verdict === "open") return {', "if (false) return {", TOKENS],

  ["core/succession.ts", "return userId !== null && isRenewalDue", "return isRenewalDue", TOKENS],
  ["core/succession.ts", "createSeal([token],", 'createSeal(["0".repeat(64)],', TOKENS],

  ["core/token-attempt.ts", "return sendsToken && !isFresh ?", "return false ?", TOKENS],
  [
    "core/token-attempt.ts",
    "found === live.found && !live.isOvertaken ? live",
    "found === live.found ? live",
    "unit/joint security/interleavings",
  ],
  ["core/token-attempt.ts", "succession.isNewToken || work.hasPendingToken", "succession.isNewToken", TOKENS],

  ["core/token-records.ts", "return isOvertaken ? withLiveToken(kept, found) : kept", "return kept", TOKENS],

  ["core/token-keeper.ts", "await end(found)\n    return ENDED", "return ENDED", TOKENS],
  ["core/token-keeper.ts", "await end(found)\n    return ENDED", "await end(found)\n    return kept", TOKENS],
  ["core/token-keeper.ts", "?.credentials.generation === credentials.generation", "!== undefined", TOKENS],

  ["core/token-keeper.ts", "for (const live of work.ends) await endAsLoaded(live as TokenLive)", "", TOKENS],

  ["core/token-keeper.ts", "if (work.hasPendingToken || isSuccessionDue", "if (isSuccessionDue", TOKENS],
  [
    "core/token-keeper.ts",
    "return signIn(work, () => create(work.newId(), work.begin(true)))",
    "return create(work.newId(), work.begin(true))",
    TOKENS,
  ],

  ["core/token-live.ts", "if (isOver(contents, now, settings)) return undefined", "", CORE],

  ["core/token-engine.ts", "if (!found?.isCopy || sight", "if (true || sight", "unit/near-copies"],
  ["core/token-engine.ts", 'tell(settings.observe, { type: "reused"', 'void ({ type: "reused"', TOKENS],

  ["core/marks.ts", 'after === "" || after === before', 'after === ""', "unit/marks security/interleavings"],
  [
    "core/marks.ts",
    'after === "" || after === before',
    "after === before",
    "unit/marks security/interleavings",
  ],

  [
    "core/marks.ts",
    "ifLive(await store.read(markId(userId), FRESH))",
    "ifLive(await store.read(markId(userId)))",
    "unit/marks unit/near-copies",
  ],
  [
    "core/marks.ts",
    "const record = { id, userId: null,",
    "const record = { id, userId,",
    "unit/marks unit/token-engine",
  ],

  [
    "core/directory.ts",
    "await marks?.change(userId, except).catch(note)",
    "",
    "unit/marks security/interleavings",
  ],
  [
    "core/directory.ts",
    "revokeWhile(id, isTheirs)",
    "revokeWhile(id, () => true)",
    "unit/marks unit/token-engine",
  ],
  ["core/directory.ts", ".filter((id) => id !== except)", "", "unit/marks security/c-"],
  ["core/directory.ts", "if (failures.length > 0) throw failures[0]", "", "unit/marks unit/token-engine"],

  [
    "core/register.ts",
    "ifLive(await store.read(id, FRESH))",
    "ifLive(await store.read(id))",
    "unit/near-copies",
  ],

  [
    "core/register.ts",
    "if (next === undefined) return latest",
    "if (next === undefined) return undefined",
    TOKENS,
  ],
  ["core/register.ts", "found.record.expiresAt > Date.now() ? found", "true ? found", TOKENS],

  ["core/turns.ts", "if (open && !open.isFull)", "if (open)", "unit/joint"],
  ["core/turns.ts", "        close()\n        return register", "        return register", "unit/joint"],

  ["core/turns.ts", "if (turns.get(id) === turn) turns.delete(id)", "", "unit/joint unit/token-engine"],

  ["core/joint-write.ts", "place.failure = place.after = undefined", "", "unit/joint"],
  ["core/joint-write.ts", "place.failure = { error }", "", "unit/joint"],
  [
    "core/joint-write.ts",
    "return current === latest ? undefined : current.record",
    "return current.record",
    "unit/joint",
  ],
  ["core/joint-write.ts", "place.draft(current, isFresh)", "place.draft(latest, isFresh)", "unit/joint"],
  ["core/joint-write.ts", "for (const place of places) place.reject(error)", "", "unit/joint"],
  ["core/joint-write.ts", "return drafted >= MAX_DRAFTED", "return false", "unit/joint"],
  [
    "core/joint-write.ts",
    "isOvertaken: !isSame(after, found.record)",
    "isOvertaken: false",
    "unit/joint security/interleavings",
  ],

  ["core/payload.ts", "line.length === MORE + 3 ? first", "true ? first", "unit/payload"],
  [
    "core/payload.ts",
    'if (typeof proof !== "string" || !isInstant(at)) return undefined',
    "",
    "unit/payload",
  ],

  ["core/envelope.ts", "|| payload.length - end - 1 !== length", "", "unit/payload"],
  ["core/envelope.ts", "version !== VERSION ||", "", "unit/payload"],

  [
    "core/standing.ts",
    "live && opened.length === 1",
    "live",
    "unit/token-engine security/interleavings security/duplicates",
  ],

  [
    "core/standing.ts",
    "others: others.filter(({ id }) => id !== live.id)",
    "others: NONE",
    "security/duplicates",
  ],
  [
    "core/standing.ts",
    "other.rank - one.rank",
    "one.rank - other.rank",
    "security/duplicates unit/token-engine",
  ],
  ["core/standing.ts", "endable?.userId === null ? others : NONE", "NONE", TOKENS],

  [
    "core/state.ts",
    "STRENGTH.indexOf(intent) > STRENGTH.indexOf(state.intent)",
    "true",
    "unit/session security/c-",
  ],

  ["core/state.ts", "view.signedInAt = Date.now()\n", "", "unit/session security/c-"],
  ["core/state.ts", "state.nextId ??= state", "state.nextId = state", "unit/session unit/token-engine"],
  ["core/state.ts", "if (hasPendingToken(state)) state.cookie = LEAVE", "", TOKENS],
  ["core/state.ts", "intend(state, taken.intent)\n", "", CORE],
  ["core/state.ts", "if (view?.isHandedOut) view.data = shut(view.data!)", "", CORE],

  ["core/view.ts", "if (!view.isHandedOut) return view.text", "", "unit/session unit/hot-path"],
  [
    "core/view.ts",
    "if (isSameExpiry(view.expiry, view.storedExpiry)) view.expiry = kept.expiry",
    "",
    "unit/session",
  ],
  ["core/view.ts", "view.storedExpiry = kept.expiry", "", "unit/session"],

  [
    "core/commit.ts",
    "return Promise.resolve(commit(state, true, mayDrop, ready)).then(() => {\n      throw error\n    })",
    "throw error",
    CORE,
  ],
  ["core/commit.ts", "if (change.taken) returnIntent(state, change.taken)\n", "", CORE],

  ["core/commit.ts", "if (drafted) rebase(view, mine, drafted, settings)", "", TOKENS],

  ["core/commit.ts", "isReplaced ? [...own, ...rivals] : rivals", "rivals", CORE],
  [
    "core/drafts.ts",
    "const createdAt = view.isStored ? now : view.createdAt",
    "const createdAt = view.createdAt",
    "unit/session unit/token-engine",
  ],
  ["core/drafts.ts", "isSameExpiry(expiry, latest.expiry) &&\n", "", "unit/session"],

  ["core/update.ts", "if (state.standing.isQuiet && view.userId === null", "if (false", TOKENS],

  ["core/merge.ts", "if (from === theirs) return mine", "return mine", "unit/data unit/session"],

  ["core/data.ts", 'if (key === "__proto__")', "if (false)", "unit/data security/e-"],
  ["core/data.ts", "if (isLong)", "if (false)", "unit/data"],
  ["core/data.ts", "if (text !== before) checkSize(text, maxBytes)", "", "unit/data"],
  ["core/data.ts", "&& JSON.stringify(stored[key]) === JSON.stringify(data[key])", "", "unit/deep-data"],
  ["core/unstorable.ts", ".filter(([each]) => !isStored(each))", ".filter(() => false)", "unit/deep-data"],
  ["core/unstorable.ts", "level > MAX_DEPTH", "level > MAX_DEPTH + 1", "unit/data"],
  ["core/unstorable.ts", "return Number.isFinite(value)", "return true", "unit/data security/e-"],
  ["core/unstorable.ts", "return isItem ?", "return false ?", "unit/data security/e-"],
  ["core/read-only.ts", "Object.setPrototypeOf(data, REFUSING)", "", "unit/kept-data"],
  ["core/read-only.ts", "if (keys.length > MANY) return Object.freeze(data)", "", "unit/kept-data"],
  ["core/read-only.ts", "shown.set(value, proxy)", "", "unit/kept-data"],
  ["core/read-only.ts", "|| !isLocked(target, key)", "", "unit/kept-data"],
  ["core/read-only.ts", "Object.isExtensible(value) ? value : copyOf(value)", "value", "unit/kept-data"],
  ["core/printable.ts", "return short.replace(STEERING, escaped)", "return short", "unit/data unit/schema"],
  ["core/printable.ts", "key.length > MAX_KEY ?", "false ?", "unit/data unit/schema"],

  ["core/text-to-keep.ts", 'if ("refusal" in asRead) throw refused(asRead.refusal)', "", "unit/schema"],
  ["core/text-to-keep.ts", "if (isHarmless(whole)) return whole", "", "unit/schema-versions"],
  ["core/text-to-keep.ts", "if (isHarmless(both)) return both", "return both", "unit/schema"],
  ["core/text-to-keep.ts", "if (left-- <= 0) return kept", "", "unit/schema-versions"],
  [
    "core/text-to-keep.ts",
    ".every((key) => unsteady.has(key))",
    ".every(() => false)",
    "unit/schema-versions",
  ],
  ["core/text-to-keep.ts", "isSmallEnough(stored, settings.maxBytes) &&", "", "unit/schema"],
  ["core/text-to-keep.ts", "&& hasRoom(stored) &&", "&&", "unit/schema-versions"],
  [
    "core/text-to-keep.ts",
    "own.get(key) === shown.get(key) &&",
    "!shown.has(key) && !own.has(key) &&",
    "unit/schema-versions",
  ],
  ["core/text-to-keep.ts", "checkSize(text, settings.maxBytes)", "", "unit/session"],

  ["core/schema.ts", "Promise.resolve(answer).then(ignore, ignore)", "", "unit/schema-faults"],
  ["core/schema.ts", "return value.map(copyOf)", "return value", "unit/schema-faults"],
  ["core/schema.ts", "(copyOf(first.value) as object)", "first.value", "unit/schema-faults"],
  ["core/schema.ts", 'text?.startsWith("{") ? text : undefined', "text", "unit/schema-faults"],

  ["core/pieces.ts", "text.slice(begin, end) === value", "true", "unit/data"],
  ["core/pieces.ts", "while (end !== -1 && isEscaped(text, end))", "while (false)", "unit/data"],
  ["core/pieces.ts", "hasIndex ||= isDigit", "false && isDigit", "unit/data"],

  ["core/expiry.ts", "next < expiresAt || expiry instanceof Date", "expiry instanceof Date", "unit/expiry"],
  ["core/expiry.ts", "next < expiresAt || expiry instanceof Date", "next < expiresAt", "unit/expiry"],
  ["core/expiry.ts", "return isMoved ? next", "return !isMoved ? next", "unit/expiry"],

  [
    "core/expiry.ts",
    "Math.abs(next - expiresAt)",
    "next - expiresAt",
    "unit/expiry security/hostile-handlers",
  ],
  ["core/expiry.ts", ">= window(expiry, limits) / 10", "> 0", "unit/expiry unit/session"],
  [
    "core/expiry.ts",
    "if (endsWithBrowser(expiry, limits.expireAtBrowserClose)) return undefined",
    "",
    "unit/expiry",
  ],

  [
    "core/guard.ts",
    "if (!isWatched) setTimeout(watch, tick)",
    "if (!isWatched) setTimeout(watch, 2 ** 30)",
    "unit/guard security/faults",
  ],
  ["core/guard.ts", "Math.ceil(timeout / tick) + 1", "Math.ceil(timeout / tick)", "unit/guard"],
  ["core/guard.ts", "isWatched = free.length < calls.length", "isWatched = true", "unit/guard"],
  ["core/guard.ts", "calls[place] = undefined", "", "unit/guard security/faults"],
  ["core/guard.ts", "free.push(place)", "", "unit/guard"],
  ["core/guard.ts", "if (calls[place] !== call) return", "", "unit/guard"],
  [
    "core/guard.ts",
    "() => store.replace(record, version))",
    "() => store.replace(record, version)).catch(() => undefined)",
    "security/faults",
  ],
  ["core/guard.ts", "while ${what}`, { cause }", "while ${what}: ${cause}`, { cause }", "security/faults"],

  ["core/session.ts", "return this.#state.isLoaded", "return true", "unit/session"],
  ["core/session.ts", "await state.busy\n      return", "return", CORE],
  ["core/session.ts", "if (this.#state.isClosed) throw closed()", "", CORE],

  ["core/request-commit.ts", "return hold(state, result).then", "return result.then", CORE],

  [
    "core/request-commit.ts",
    'const headers: [string, string][] = [["vary", varyOnCookie(response.vary)]]',
    "const headers: [string, string][] = []",
    "laws/adapters",
  ],
  [
    "core/request-commit.ts",
    '["cache-control", noStoreOver(response.cacheControl)],',
    "",
    "unit/cache-control",
  ],

  ["core/headers.ts", 'names.includes("*") || ', "", "laws/adapters"],
  ["core/cache-control.ts", "if (!WHOLE.test(value)) return []", "", "unit/cache-control"],
  ["core/cache-control.ts", ".toLowerCase()\n}", "\n}", "unit/cache-control"],
  [
    "core/why-no-cookie.ts",
    " || isLocal(host)) return undefined",
    ") return undefined",
    "unit/why-no-cookie",
  ],
  ["core/warnings.ts", "if (warned.has(cause)) return", "", "unit/why-no-cookie"],
  ["core/habits.ts", "Object.setPrototypeOf(prototype, new Proxy({}, STRANGERS))", "", "unit/habits"],
  [
    "core/habits.ts",
    "const set = (): never => refuseAssignment(name)",
    "const set = undefined",
    "unit/habits",
  ],
  ["core/state.ts", "tokens.length === 0 && !isLazy", "tokens.length === 0", "unit/habits"],

  ["core/token.ts", "const SECRET_BYTES = 32", "const SECRET_BYTES = 31", "security/a-"],
  ["core/token.ts", "drawn += ID_BYTES\n", "", "unit/session security/a-"],
  ["core/token.ts", "drawn = 0\n", "drawn = 0; IDS.fill(0)\n", "unit/session security/a-"],
  [
    "core/token.ts",
    "proof: proofOf(token.slice(ID_LENGTH + 1))",
    "proof: token.slice(ID_LENGTH + 1)",
    "unit/session security/a-",
  ],

  ["core/cookie.ts", "tokens.length < MOST_TOKENS", "true", COOKIE],
  [
    "core/cookie.ts",
    "else if (!tokens.includes(value)) tokens.push(value)",
    "else tokens.push(value)",
    `${COOKIE} security/duplicates`,
  ],
  [
    "core/cookie.ts",
    "return code === 0x20 || code === 0x09",
    "return code === 0x20 || code === 0x09 || code === 0xa0",
    COOKIE,
  ],
  ["core/cookie.ts", "if (partitioned && !secure)", "if (false)", COOKIE],
  ["core/cookie.ts", "(?:Host-Http|Http|Host|Secure)-/i", "(?:Host-Http|Http|Host|Secure)-/", COOKIE],
  ["core/cookie.ts", "httpOnly = true,", "httpOnly = false,", COOKIE],

  ["core/option-values.ts", "if (value <= most) return", "return", "unit/session"],

  ["core/cookie-engine.ts", "|| live.expiresAt <= now", "", SEAL],
  ["core/cookie-engine.ts", "if (bytes > MAX_BYTES)", "if (bytes > MAX_BYTES + 1)", SEAL],
  [
    "core/cookie-engine.ts",
    "isDue: (live) => (live as SealedLive).keyId !== seal.keyId",
    "isDue: () => false",
    SEAL,
  ],

  ["core/seal.ts", "`holdfast sealed v1 ${purpose}`", "`holdfast sealed v1`", SEAL],
  ["core/seal.ts", "keys.find(({ start }) => closed.startsWith(start))", "keys[0]", SEAL],
  ["core/seal.ts", "randomBytes(NONCE_BYTES)", "Buffer.alloc(NONCE_BYTES)", SEAL],
  ["core/seal.ts", "decipher.final()", "", SEAL],
  ["core/seal.ts", '|| body.includes(".")', "", SEAL],
  ["core/recent.ts", "kept.size <= maxCount &&", "", "unit/recent"],
  ["core/recent.ts", "&& total <= maxSize", "", "unit/recent"],
  ["core/recent.ts", "total -= kept.get(text)?.size ?? 0", "", "unit/recent"],
  [
    "core/seal.ts",
    'createCipheriv("aes-256-gcm", key, nonce, GCM).setAAD(header)',
    'createCipheriv("aes-256-gcm", key, nonce, GCM)',
    SEAL,
  ],
  ["core/seal.ts", "if (bytes < MIN_BYTES)", "if (bytes < MIN_BYTES - 1)", SEAL],

  ["core/credentials.ts", "return !isSettling(credentials) && now", "return now", "unit/credentials"],
  ["core/credentials.ts", "&& at - now <= SKEW", "", "unit/credentials"],
  [
    "core/credentials.ts",
    "const { presentedAt: _, left: __, previous",
    "const { presentedAt: _, previous",
    "unit/token-engine",
  ],
  ["core/credentials.ts", "|| left !== undefined", "", "unit/token-engine"],
  ["core/succession.ts", "claim.isForeign ? 0 : settings.renew", "settings.renew", "django/import"],
  ["core/succession.ts", "if (claim.isNew) return {", "if (false) return {", "unit/token-engine"],
  ["core/succession.ts", "if (claim.isNew) return false", "", "unit/token-engine"],
  [
    "core/token-attempt.ts",
    "if (live.found.isCopy && !RIGHTS[verdict].opens) return isFresh ? not : UNSURE",
    "",
    "unit/near-copies",
  ],
  [
    "core/token-attempt.ts",
    "if (generation !== live.credentials.generation) return isFresh ? takingAlong(not) : UNSURE",
    "",
    TOKENS,
  ],
  [
    "core/token-attempt.ts",
    "return isFresh ? takingAlong(not) : UNSURE",
    "return takingAlong(not)",
    "unit/token-engine",
  ],
  ["core/token-attempt.ts", "userId !== null && !isOneSecret", "false", TOKENS],
  ["core/token-attempt.ts", "takingAlong(not, { id, generation })", "takingAlong(not)", "unit/token-engine"],
  ["core/token-attempt.ts", "? undefined : credentials.left", "? undefined : undefined", "unit/token-engine"],
  [
    "core/token-records.ts",
    "if (payload === TOMBSTONE || !isWanted(latest))",
    "if (!isWanted(latest))",
    "unit/token-engine",
  ],
  ["core/token-records.ts", "expiresAt: Date.now() + WINDOW", "expiresAt: Date.now()", TOKENS],
  ["core/token-records.ts", "if (hasEnded && left) await endLeft(left)", "", "unit/token-engine"],
  ["core/token-records.ts", "?.credentials.generation === generation", "!== undefined", "unit/token-engine"],
  ["core/token-records.ts", "if (overtaken && latest === first) return REREAD", "", "security/d-"],
  ["core/token-records.ts", "{ id, token, proof, isNew: true }", "{ id, token, proof }", "unit/token-engine"],
  ["core/token-keeper.ts", "kept.apart?.takesLoaded ?? false", "true", TOKENS],
  ["core/token-keeper.ts", "for (const live of work.ends) await endAsPresented(live)", "", TOKENS],
  ["core/token-keeper.ts", "found.isCopy ? mayEnd : undefined", "undefined", "unit/near-copies"],
  [
    "core/token-keeper.ts",
    "if (!(await store.touch(id, work.expiresAt, found.version)))",
    "await store.touch(id, work.expiresAt, found.version); if (false)",
    "unit/token-engine unit/session security/c-",
  ],
  ["core/token-keeper.ts", "[id, ...(work.live ? [work.live.id] : [])]", "[id]", "unit/marks"],
  ["core/token-live.ts", "payload === TOMBSTONE && isWithinWindow", "true && isWithinWindow", TOKENS],
  ["core/token-live.ts", "&& isWithinWindow(expiresAt - WINDOW, Date.now())", "", TOKENS],
  ["core/token-engine.ts", "if (!settings.endsOnReuse) return", "return", "unit/token-engine"],
  [
    "core/token-engine.ts",
    '(latest) => liveIn(latest, claim, settings)?.verdict === "closed"',
    "undefined",
    "unit/token-engine",
  ],
  ["core/token-engine.ts", "payload !== TOMBSTONE && !isMarkId(id)", "payload !== TOMBSTONE", "unit/marks"],
  ["core/token-engine.ts", "payload !== TOMBSTONE && !isMarkId(id)", "!isMarkId(id)", "unit/token-engine"],
  [
    "core/marks.ts",
    "ids.includes(except) && previous === nonceOf(before)",
    "ids.includes(except)",
    "unit/marks",
  ],
  [
    "core/directory.ts",
    "found !== undefined && isSession(found) && end",
    "found !== undefined && end",
    "unit/marks unit/token-engine",
  ],
  [
    "core/register.ts",
    "if (there?.record.payload === record.payload) return { ...there, failure: error }",
    "",
    "unit/token-engine security/faults",
  ],
  [
    "core/register.ts",
    "if (isTimeout(error)) throw error\n          latest",
    "latest",
    "security/faults unit/session",
  ],
  [
    "core/register.ts",
    "return !latest || (isWanted(latest) && store.delete(id))",
    "throw error",
    "unit/token-engine security/faults",
  ],
  [
    "core/turns.ts",
    "if (isTimeout(error)) throw error\n          return step(found)",
    "return step(found)",
    "unit/session unit/joint security/faults",
  ],
  ["core/standing.ts", "all.every(({ live }) => live?.id !== id)", "true", "unit/token-engine"],
  ["core/load.ts", "if (sessionIds.length > 0) {\n    tell", "if (false) {\n    tell", "unit/token-engine"],
  ["core/state.ts", "before.userId !== null && before.userId !== userId", "false", CORE],
  ["core/state.ts", "state.standing = NOBODY\n", "", "unit/marks"],
  ["core/state.ts", "state.hasFailed = true", "", "unit/token-engine"],
  ["core/expiry.ts", "? new Date(expiry as Date) : expiry", "? expiry : expiry", "unit/token-engine"],
  ["core/pacing.ts", "text.length + A_KEY * Object.keys(data).length", "text.length", "unit/data-cost"],
  ["core/pacing.ts", "afterThisTurn(nextTurn)", "setImmediate(nextTurn)", "unit/odd-data"],
  ["core/commit.ts", "signOut(state)\n", "", "unit/marks"],
  ["core/drafts.ts", 'write === "create" ? NOBODY : view', "view", "unit/marks"],
  ["core/commit.ts", "return isChanged ? told(mayDrop) :", "return false ? told(mayDrop) :", TOKENS],
  ["core/commit.ts", "if (mayDrop) return", "if (false) return", "unit/token-engine"],
  ["core/commit.ts", "!isFailed && !isSameExpiry", "!isSameExpiry", "unit/token-engine"],
  ["core/drafts.ts", "    !settings.slidesOnChange\n", "    true\n", "django/db"],
  ["core/commit.ts", "made.text === seen ? stored :", "", "unit/session"],
  ["core/commit.ts", "isAsStored ? stored :", "", "unit/schema"],
  [
    "core/view.ts",
    ".filter(({ key, was }) => isUnchanged(view.data as SessionData, key, was))",
    "",
    "unit/session",
  ],
  [
    "core/view.ts",
    "own.configurable === true && own.writable === true",
    "own.writable === true",
    "unit/odd-data",
  ],
  [
    "core/view.ts",
    "own.configurable === true && own.writable === true",
    "own.configurable === true",
    "unit/odd-data",
  ],
  ["core/view.ts", ": Object.isExtensible(data)", ": true", "unit/odd-data"],
  ["core/unstorable.ts", 'Object.hasOwn(prototype, "hasOwnProperty")', "true", "unit/odd-data"],
  ["core/unstorable.ts", "if (problem && Object.hasOwn(value, key))", "if (problem)", "unit/odd-data"],
  ["core/unstorable.ts", "return !isRaw(value)", "return true", "unit/odd-data"],
  [
    "core/view.ts",
    "const changes = changedKeys(before, after)",
    "const changes = [...after.keys()]",
    "unit/session",
  ],
  ["core/view.ts", "} catch {\n    return false", "} catch {\n    return true", "unit/session"],
  [
    "core/data.ts",
    "|| Buffer.byteLength(text) <= maxBytes",
    "|| text.length <= maxBytes",
    "unit/session security/d-",
  ],
  ["core/merge.ts", "else delete to[key]", "", "unit/data"],
  ["core/merge.ts", "setOwn(to, key, from[key])", "to[key] = from[key]", "unit/data security/e-"],
  ["core/merge.ts", ".filter((key) => before.get(key) !== after.get(key))", "", "unit/data unit/session"],
  [
    "core/expiry.ts",
    "Math.min(Math.floor(chosen), lastInstant(begun, limits))",
    "Math.floor(chosen)",
    "unit/expiry security/c-",
  ],
  [
    "core/expiry.ts",
    "Math.min(Math.floor(chosen), lastInstant(begun, limits))",
    "Math.min(chosen, lastInstant(begun, limits))",
    "unit/token-engine",
  ],
  [
    "core/request-commit.ts",
    "if (state.isClosed) return state.hasFailed ? outcomeOfFailure(state, response) : NOTHING",
    "",
    "unit/session laws/adapters security/hostile-handlers",
  ],
  ["core/commit.ts", "if (kept.failure) throw kept.failure\n", "", TOKENS],
  ["core/token-keeper.ts", "await end(found).catch(() => {})", "void found", TOKENS],
  ["core/request-commit.ts", "if (!isCalledOff) fail(state)", "fail(state)", "misuse/misuse"],
  ["core/request-commit.ts", "if (!isCalledOff) close(state)", "close(state)", "misuse/misuse"],
  ["core/foreign-engine.ts", "return isTouched ? {", "return true ? {", "django/table"],
  ["core/foreign-engine.ts", "(_, hasPendingToken) => hasPendingToken", "() => false", "django/table"],
]
