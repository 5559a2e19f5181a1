// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is looked for is source text
import type { Mutation } from "../mutations/mutation.ts"

/** What does to the code what a switch does to its model, or why nothing can. */
export type Counterpart = { readonly mutation: Mutation } | { readonly none: string }

const ENGINE = "unit/token-engine"
const ORDERS = "orders/orders -t"

function breaks(...mutation: Mutation): Counterpart {
  return { mutation }
}

/**
 * The models against the code: each rule that `configurations.ts` leaves out, by its model and its switch, or by its model and its
 * flags where no switch stands for it. Each mutation is one of `mutations/list.ts`.
 */
export const COUNTERPARTS: Readonly<Record<string, Counterpart>> = {
  // How a superseded secret is closed.
  "secret TIME": breaks(
    "core/credentials.ts",
    'return previous.forward === undefined ? "closed"',
    'return now - credentials.madeAt >= 60_000 ? "closed"',
    ENGINE,
  ),
  "secret FIRSTUSE": breaks(
    "core/credentials.ts",
    "if (now - presentedAt < grace) return credentials",
    "",
    "unit/credentials",
  ),
  "secret MADE": breaks(
    "core/credentials.ts",
    "if (presentedAt === undefined) return { ...credentials, presentedAt: now }\n  if (now - presentedAt < grace)",
    "if (now - credentials.madeAt < grace)",
    ENGINE,
  ),
  "secret RESTAMP": breaks(
    "core/succession.ts",
    'if (verdict === "open") return { credentials,',
    'if (verdict === "open") return { credentials: { ...credentials, presentedAt: now },',
    ENGINE,
  ),
  "secret OWN_USE": breaks(
    "core/succession.ts",
    "if (claim.isNew) return { credentials, token, isNewToken: false }",
    "",
    ENGINE,
  ),

  // What is renewed.
  "secret RENEW_TWICE": breaks(
    "core/succession.ts",
    'if (verdict === "open") return { credentials, token: openForward(credentials, token), isNewToken: true }',
    `if (verdict === "open") {
    const next = issueToken(id)
    const forward = forwardSeal(token).close(next.token)
    return { credentials: renewed(credentials, next.proof, forward, now), token: next.token, isNewToken: true }
  }`,
    ENGINE,
  ),
  "secret PREV_PRESENTED": breaks(
    "core/succession.ts",
    'if (verdict === "open") return { credentials, token: openForward(credentials, token), isNewToken: true }',
    `if (verdict === "open") {
    const next = issueToken(id)
    const previous = { proof: claim.proof, forward: forwardSeal(token).close(next.token) }
    const after = { ...renewed(credentials, next.proof, "", now), previous }
    return { credentials: after, token: next.token, isNewToken: true }
  }`,
    ENGINE,
  ),
  "secret RENEW_ANY": breaks(
    "core/credentials.ts",
    "return !isSettling(credentials) && now - credentials.madeAt",
    "return now - credentials.madeAt",
    "unit/credentials",
  ),
  "secret RENEW_ANON": breaks(
    "core/succession.ts",
    "return userId !== null && isRenewalDue",
    "return isRenewalDue",
    ENGINE,
  ),

  // When the cookie is decided.
  "secret FORWARD_AT_LOAD": breaks(
    "core/token-attempt.ts",
    "const succession = succeed(latest, wish, settings, now)",
    `const succession =
    live.verdict === "open" ? { ...succeed(live, wish, settings, now), credentials } : succeed(latest, wish, settings, now)`,
    `${ORDERS} moment ago$`,
  ),
  "secret LOUD": breaks(
    "core/credentials.ts",
    'return recent.length > 0 ? "late" : "wrong"',
    'return "wrong"',
    "unit/credentials",
  ),
  "secret ONE_PREV": breaks(
    "core/credentials.ts",
    "cut: cut.slice(-MOST_CUTS)",
    "cut: cut.slice(-1)",
    "unit/credentials",
  ),
  "secret NO_TOMB": breaks(
    "core/token-records.ts",
    "payload: TOMBSTONE, expiresAt: Date.now() + WINDOW",
    "payload: TOMBSTONE, expiresAt: Date.now()",
    ENGINE,
  ),

  // What is merged, and what is not.
  "secret LASTKIND": breaks(
    "core/credentials.ts",
    "return { proof, generation, madeAt: now, ...(left",
    "return { proof, generation: 0, madeAt: now, ...(left",
    ENGINE,
  ),
  "secret ROTATE_TWICE": breaks(
    "core/succession.ts",
    '(wish === "rotate" && RIGHTS[verdict].opens)',
    'wish === "rotate"',
    ENGINE,
  ),

  // What a login goes into, leaves and takes along.
  "secret LEFT_AT_ONCE": breaks(
    "core/token-keeper.ts",
    "if (!kept.isEnded) return kept\n",
    "if (!kept.isEnded) return kept\n    if (kept.apart?.left) await endAsLoaded(work.live as TokenLive)\n",
    ENGINE,
  ),
  "secret LOGIN_OPEN": breaks(
    "core/token-attempt.ts",
    'const isOneSecret = verdict === "current" && credentials.previous?.forward === undefined',
    "const isOneSecret = RIGHTS[verdict].opens",
    ENGINE,
  ),
  "secret LOGIN_INTO": breaks("core/token-attempt.ts", "userId !== null && !isOneSecret", "false", ENGINE),
  "secret LOGIN_RETAKE": breaks(
    "core/token-attempt.ts",
    `if (generation !== live.credentials.generation) return isFresh ? takingAlong(not) : UNSURE
  // While answers of a renewal are under way, one of them could replace the cookie of a login in the same record.
  const isOneSecret =`,
    `const isRetaken = wish === "login" && generation !== live.credentials.generation
  if (generation !== live.credentials.generation && !isRetaken) return isFresh ? takingAlong(not) : UNSURE
  const isOneSecret = isRetaken ||`,
    ENGINE,
  ),
  "secret REVIVE_DATA": breaks("core/token-keeper.ts", "kept.apart?.takesLoaded ?? false", "true", ENGINE),
  "secret CREATE_FIRST": breaks(
    "core/token-keeper.ts",
    `for (const live of work.ends) await endAsLoaded(live as TokenLive)
    if (!work.live) return create(work.newId(), work.begin(true))`,
    `if (!work.live) {
      const made = await create(work.newId(), work.begin(true))
      for (const live of work.ends) await endAsLoaded(live as TokenLive)
      return made
    }`,
    ENGINE,
  ),
  "secret KEEP_ANON": breaks("core/standing.ts", "endable?.userId === null ? others : NONE", "NONE", ENGINE),

  // What a logout ends.
  "secret LOGOUT_OWN": breaks(
    "core/credentials.ts",
    "cut: { opens: false, ends: true, isQuiet: true }",
    "cut: { opens: false, ends: false, isQuiet: true }",
    ENGINE,
  ),

  // What one cookie can't do.
  "secret -DN=2 -DALLOW=12": {
    none: "the browser keeps the cookie that arrives last, and answers may overtake each other",
  },
  "secret -DN=2 -DALLOW=8 -DLOSE=8": {
    none: "the browser has nothing but the cookie of the answer that was lost",
  },
  "secret EMPTY": { none: "requests without a cookie have nothing by which one could know of the other" },
  "secret VISITORS": { none: "requests without a cookie have nothing by which one could know of the other" },
  "secret SLOW": {
    none: "how long a request takes is the application's; the option `grace` is to be longer",
  },
  "two-records FIFO": { none: "the control: a design that the code does not have" },

  // Revocations.
  "mark CLOCK": breaks(
    "core/marks.ts",
    '`${randomBytes(16).toString("hex")} ${before}',
    "`${Date.now()} ${before}",
    "unit/marks",
  ),
  "mark GAP": breaks(
    "core/token-keeper.ts",
    "const before = await work.mark",
    "const before = work.mark && (await marks!.read(work.begin(true).userId!))",
    "unit/marks",
  ),
  "mark -DINDEX_SAME -DPROPS=8": breaks(
    "core/state.ts",
    "state.mark = mark === undefined ? engine.mark(userId) : Promise.resolve(mark)",
    "state.mark = engine.mark(userId)",
    "unit/marks",
  ),
  "mark INDEX_LAST": breaks(
    "stores/file/staging.ts",
    "    await list()\n    isDone",
    "    setImmediate(list)\n    isDone",
    "laws/file.test",
  ),
  "mark LIST_FIRST": breaks(
    "core/directory.ts",
    `await marks?.change(userId, except).catch(note)
      const isTheirs = ({ record }: Found): boolean => record.userId === userId
      const ids = (await listByUser(userId, "revoked"))`,
    `const isTheirs = ({ record }: Found): boolean => record.userId === userId
      const listed = await listByUser(userId, "revoked")
      await marks?.change(userId, except).catch(note)
      const ids = listed`,
    `${ORDERS} anonymous$`,
  ),
  "mark -DPROPS=6 -DLISTER -DLATER": breaks(
    "stores/file/users.ts",
    "if (await isOld(join(placeOf(userId), id))) await unlink",
    "await unlink",
    "unit/file-store",
  ),
  "mark SPARE_ANY": breaks(
    "core/marks.ts",
    "ids.includes(except) && previous === nonceOf(before)",
    "ids.includes(except)",
    "unit/marks",
  ),
  "mark -DPROPS=32 -DCRASH": {
    none: "a process that dies can do nothing more; nobody was given the secret, and the session ends at its deadline",
  },

  // Near copies.
  "copy NAIVE": breaks(
    "core/token-engine.ts",
    "if (!found?.isCopy || sight",
    "if (true || sight",
    "unit/near-copies",
  ),
  "copy MISS": breaks(
    "core/token-engine.ts",
    'sight.verdict === "current") return accessOf(sight)',
    "RIGHTS[sight.verdict].opens) return accessOf(sight)",
    "unit/near-copies",
  ),
  "copy FROM_FILL": breaks(
    "stores/cached/slots.ts",
    "filled(found, began + life)",
    "filled(found, Date.now() + life)",
    "unit/cached-store",
  ),
  "copy BY_LOAD": breaks(
    "core/token-attempt.ts",
    "if (live.found.isCopy && !RIGHTS[verdict].opens) return isFresh ? not : UNSURE",
    "",
    "unit/near-copies",
  ),
}

/** The mutations of the table. */
export const RULE_MUTATIONS: readonly Mutation[] = Object.values(COUNTERPARTS).flatMap((counterpart) =>
  "mutation" in counterpart ? [counterpart.mutation] : [],
)
