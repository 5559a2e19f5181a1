import { readFileSync } from "node:fs"

/** What real Django wrote, to be read here and to be written the same. */
export interface Vectors {
  readonly secret_key: string
  readonly clock_epoch_s: number
  readonly session_salt: string
  readonly cookie_salt: string
  readonly encode: readonly {
    readonly json: string
    readonly session: string
    readonly cookie: string
    readonly zlib_len: number
    readonly json_len: number
  }[]
  readonly b62: readonly (readonly [number, string])[]
  readonly errors: readonly {
    readonly label: string
    readonly input: string
    readonly error: string
  }[]
  readonly fallback: {
    readonly secret_key: string
    readonly fallbacks: readonly string[]
    readonly input: string
    readonly value: unknown
  }
  readonly max_age: readonly {
    readonly signed_at: number
    readonly now: number
    readonly max_age: number
    readonly expired: boolean
  }[]
  readonly legacy_pre_3_1: { readonly json: string; readonly encoded: string }
  readonly legacy_sha1_signature_3_1: { readonly encoded: string }
  readonly auth_hash: {
    readonly password_field: string
    readonly hash: string
    readonly fallback_secret: string
    readonly fallback_hash: string
  }
  readonly pickle5: readonly { readonly json: unknown; readonly hex: string }[]
  readonly pickle5_python_only: readonly { readonly what: string; readonly hex: string }[]
}

export const vectors: Vectors = JSON.parse(
  readFileSync(new URL("../vectors/django.json", import.meta.url), "utf8"),
)
