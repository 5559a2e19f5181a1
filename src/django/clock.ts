import { checkText } from "../core/option-values.ts"
import { shown } from "../core/shown.ts"

/**
 * The instant as Python prints a datetime in the zone: `2026-01-31 22:34:06`, and six digits of fraction
 * when there is one. Text of this form compares like the instants, which Django relies on in SQLite.
 */
export function clockText(instant: number, zone: string): string {
  const [whole, fraction] = new Date(instant + offset(instant, zone)).toISOString().slice(0, -1).split(".")
  return `${whole!.replace("T", " ")}${fraction === "000" ? "" : `.${fraction}000`}`
}

/** The instant that `clockText` or Python's `isoformat` wrote, cut to milliseconds; `undefined` for other text. */
export function instantOf(text: string, zone: string): number | undefined {
  const [, day, time, from] = CLOCK.exec(text) ?? []
  if (day === undefined) return undefined
  const local = Date.parse(`${day}T${time}${from ?? "Z"}`)
  if (Number.isNaN(local)) return undefined
  if (from !== undefined) return local
  return local - offset(local - offset(local, zone), zone)
}

/** Throws a `TypeError` for a zone that this machine does not know. */
export function checkZone(zone: string): void {
  checkText("timeZone", zone)
  try {
    offset(0, zone)
  } catch (cause) {
    throw new TypeError(`The option "timeZone" must be a name like "Europe/Paris"; it is ${shown(zone)}`, {
      cause,
    })
  }
}

/** What the clocks of the zone are ahead of UTC, in milliseconds. */
function offset(instant: number, zone: string): number {
  if (zone === "UTC") return 0
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" })
    formats.set(zone, format)
  }
  const name = format.formatToParts(instant).find(({ type }) => type === "timeZoneName")!.value
  const [, sign, hours, minutes] = /([-+])(\d\d):(\d\d)/.exec(name) ?? []
  return sign === undefined ? 0 : Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60_000
}

const CLOCK = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d{1,6})?)(Z|[-+]\d\d:\d\d)?$/
const formats = new Map<string, Intl.DateTimeFormat>()
