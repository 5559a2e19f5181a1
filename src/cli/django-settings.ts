import { type Command, InvalidArgumentError } from "commander"
import type { DecodeSettings } from "../django/decode.ts"
import { EXIT, failure } from "./failure.ts"

/** What of Django's settings stands on the command line. */
export interface DjangoFlags {
  readonly timeZone?: string
  readonly keySalt?: string
  readonly legacy?: true
}

/** Adds the options that say how Django writes. */
export function takesSettings(command: Command): Command {
  return command
    .option("--time-zone <name>", "Django's TIME_ZONE, if its USE_TZ is False")
    .option("--key-salt <text>", "key_salt, if the site's SessionStore is a class of its own", wholeText)
    .option("--legacy", "also believe what Django 3.2 and older sign with SHA-1")
}

function wholeText(text: string): string {
  if (text === "") throw new InvalidArgumentError("It must not be empty.")
  return text
}

/** How the site writes times. */
export function timesOf({ timeZone }: DjangoFlags): Pick<DecodeSettings, "useTz" | "timeZone"> {
  return timeZone === undefined ? {} : { useTz: false, timeZone }
}

/** The site's settings, with its secrets, which come from the environment alone: everybody can read command lines. */
export function settingsOf({ keySalt, legacy, ...flags }: DjangoFlags): DecodeSettings {
  const [secretKey, ...fallbacks] = djangoSecrets()
  if (secretKey === undefined)
    throw failure(EXIT.usage, "Put Django's SECRET_KEY into the environment variable DJANGO_SECRET_KEY")
  const salt = keySalt === undefined ? {} : { keySalt }
  return { secretKey, fallbacks, legacy: legacy ?? false, ...salt, ...timesOf(flags) }
}

/** Django's secrets, as far as they are given: the current one, then the retired ones. */
export function djangoSecrets(): readonly string[] {
  const { DJANGO_SECRET_KEY: current, DJANGO_SECRET_KEY_FALLBACKS: retired = "" } = process.env
  return current ? [current, ...retired.split(/\s+/).filter(Boolean)] : []
}
