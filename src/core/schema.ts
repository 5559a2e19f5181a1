import type { StandardSchemaV1 } from "@standard-schema/spec"
import { wrongOption } from "./option-values.ts"
import { article, placeOf, printable } from "./printable.ts"
import { kindOf, withoutValues } from "./shown.ts"
import { isPlainObject } from "./unstorable.ts"

/** Data as the schema has it, with its JSON. */
export interface Valid {
  readonly value: object
  readonly text: string
}

/** Why a schema does not have it. Nothing in the sentence is a visitor's; `cause` may hold what is. */
export interface Refusal {
  readonly refusal: string
  readonly cause?: unknown
}

/** Asks the schema. It never throws, whatever the schema does. */
export type Validate = (data: object) => Valid | Refusal

/** Asks this schema. Throws a `TypeError` when it is none. */
export function validator(schema: StandardSchemaV1<unknown, object>): Validate {
  // Schemas of arktype are functions.
  const standard = (schema as Partial<typeof schema> | null)?.["~standard"]
  if (typeof standard?.validate !== "function")
    throw wrongOption("schema", "must be a Standard Schema, such as one of zod, valibot or arktype", schema)
  return (data) => {
    try {
      return answerOf(standard.validate(data))
    } catch (cause) {
      const what = cause instanceof Error ? article(printable(cause.name, 40)) : kindOf(cause)
      return { refusal: `it throws ${what}`, cause }
    }
  }
}

/** What a new session holds. Throws a `TypeError` when the schema gives none. */
export function freshData(validate: Validate): () => object {
  const first = validate({})
  if ("refusal" in first) throw wrongForNew(first)
  // What it may refuse later, when it depends on more than the data, is then as it was.
  return () => {
    const valid = validate({})
    return "refusal" in valid ? (copyOf(first.value) as object) : valid.value
  }
}

function wrongForNew({ refusal, cause }: Refusal): TypeError {
  if (refusal === LATE)
    return new TypeError('The option "schema" must be synchronous; it answers with a promise')
  return new TypeError(
    `The option "schema" must accept {}, the data of a new session; it says: ${refusal}. Give every key a default or make it optional`,
    { cause },
  )
}

type Answer = ReturnType<StandardSchemaV1<unknown, object>["~standard"]["validate"]>

function answerOf(answer: Answer): Valid | Refusal {
  if (typeof (answer as Partial<PromiseLike<unknown>>).then === "function") {
    // Nobody waits for it, so that its failure is nobody's.
    Promise.resolve(answer).then(ignore, ignore)
    return { refusal: LATE }
  }
  const { issues, value } = answer as { issues?: readonly StandardSchemaV1.Issue[]; value?: unknown }
  if (issues) return { refusal: reasonOf(issues[0]) }
  const own = copyOf(value)
  const text = jsonOf(own)
  return text === undefined ? { refusal: NO_OBJECT } : { value: own as object, text }
}

/** Both the place and the message may hold what a visitor wrote. */
function reasonOf(issue: StandardSchemaV1.Issue | undefined): string {
  const steps = (issue?.path ?? []).map((key) => (typeof key === "object" ? key.key : key))
  const place = placeOf(steps.map((key) => (typeof key === "number" ? key : String(key))))
  return `${place}: ${printable(withoutValues(String(issue?.message ?? "refused")), 200)}`
}

/**
 * Plain objects, arrays and dates anew, since a schema may hand out the same ones each time, as for a default: what one visitor's
 * request does to them would be the next one's data. Other instances stay themselves.
 */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf)
  if (!isPlainObject(value)) return isPlainDate(value) ? new Date(value) : value
  const copy = { ...value }
  for (const key of Object.keys(copy)) if (typeof copy[key] === "object") copy[key] = copyOf(copy[key])
  return Object.getPrototypeOf(value) === null ? Object.setPrototypeOf(copy, null) : copy
}

function isPlainDate(value: unknown): value is Date {
  return value instanceof Date && Object.getPrototypeOf(value) === Date.prototype
}

function jsonOf(value: unknown): string | undefined {
  try {
    const text: string | undefined = JSON.stringify(value)
    return text?.startsWith("{") ? text : undefined
  } catch {
    return undefined
  }
}

function ignore(): void {}

const LATE =
  "it answers later, as one of zod also does where something in it throws; a schema must be synchronous"
const NO_OBJECT = "it gives no object that JSON can hold"
