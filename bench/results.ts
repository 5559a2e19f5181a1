import { mkdirSync, readFileSync, writeFileSync } from "node:fs"

/** Puts a section into RESULTS.md, and the figures beside it as JSON. */
export function writeResults(title: string, name: string, text: string, figures: unknown): void {
  writeSection(title, text)
  mkdirSync(new URL("results/", import.meta.url), { recursive: true })
  writeFileSync(new URL(`results/${name}.json`, import.meta.url), `${JSON.stringify(figures, null, 2)}\n`)
}

/** Puts a section into RESULTS.md in place of the one with the same title. */
export function writeSection(title: string, text: string): void {
  const page = new URL("RESULTS.md", import.meta.url)
  const sections = read(page).split(/^(?=## )/m)
  const section = `## ${title}\n\n${text.trim()}\n`
  const place = sections.findIndex((other) => other.startsWith(`## ${title}\n`))
  if (place < 0) sections.push(section)
  else sections[place] = section
  writeFileSync(page, `${sections.map((some) => some.trim()).join("\n\n")}\n`)
}

/** Rows of cells as a Markdown table; the first row is the head. */
export function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`
  return [line(head), line(head.map((_, n) => (n === 0 ? "---" : "---:"))), ...body.map(line)].join("\n")
}

function read(page: URL): string {
  try {
    return readFileSync(page, "utf8")
  } catch {
    return "# Results\n"
  }
}
