const MARKUP = Symbol("markup")

/** Markup that is safe to send, because `html` made it. */
export interface Html {
  readonly [MARKUP]: string
}

/** What may stand in a template: `undefined` and `false` leave nothing behind. */
type Value = string | number | Html | readonly Html[] | undefined | false

/** Markup in which every value is escaped, unless it is markup itself: html`<p>${name}</p>`. */
export function html(parts: TemplateStringsArray, ...values: Value[]): Html {
  return { [MARKUP]: String.raw({ raw: parts }, ...values.map(markupOf)) }
}

/** The markup as text, for the response. */
export function markupOf(value: Value): string {
  if (value === undefined || value === false) return ""
  if (typeof value !== "object")
    return String(value).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
  return MARKUP in value ? value[MARKUP] : value.map(markupOf).join("")
}
