/** What a chart shows: groups of bars, each with the range it was measured in. */
export interface Chart {
  readonly title: string
  readonly unit: string
  readonly groups: readonly { readonly name: string; readonly bars: readonly Bar[] }[]
}

export interface Bar {
  readonly name: string
  readonly value: number
  readonly least: number
  readonly most: number
}

const WIDTH = 760
/** The least width of the names, and what a letter of one takes. */
const LABEL = 190
const LETTER = 7.5
const ROW = 22
const GAP = 18
const TOP = 64

/** The chart as SVG, which follows the reader's light or dark theme. */
export function barChart({ title, unit, groups }: Chart): string {
  const longest = Math.max(...groups.flatMap(({ bars }) => bars.map(({ most }) => most)))
  const label = Math.max(LABEL, ...groups.map(labelOf))
  const scale = (WIDTH - label - 90) / longest
  let y = TOP
  const drawn = groups.map(({ name, bars }) => {
    const lines = [`<text class="group" x="16" y="${y + 15}">${escaped(name)}</text>`]
    for (const bar of bars) {
      lines.push(drawBar(bar, y, label, scale))
      y += ROW
    }
    y += GAP
    return lines.join("\n")
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-label="${escaped(title)}">
<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 16px; font-weight: 600 }
.unit, .name { fill: #59636e }
.name { text-anchor: end }
.group { font-weight: 600 }
.bar { fill: #afb8c1 }
.ours { fill: #0969da }
.range { stroke: #59636e }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc }
.unit, .name { fill: #9198a1 }
.bar { fill: #59636e }
.ours { fill: #4493f8 }
.range { stroke: #9198a1 }
}
</style>
<text class="title" x="16" y="26">${escaped(title)}</text>
<text class="unit" x="16" y="46">${escaped(unit)}, median and range; less is better</text>
${drawn.join("\n")}
</svg>
`
}

/** The width in which the names of a group and of its bars stand beside each other. */
function labelOf({ name, bars }: Chart["groups"][number]): number {
  const letters = name.length + Math.max(...bars.map((bar) => bar.name.length))
  return Math.round(40 + letters * LETTER)
}

function drawBar({ name, value, least, most }: Bar, y: number, label: number, scale: number): string {
  const width = (amount: number): string => (amount * scale).toFixed(1)
  const from = (label + least * scale).toFixed(1)
  const to = (label + most * scale).toFixed(1)
  return `<text class="name" x="${label - 8}" y="${y + 15}">${escaped(name)}</text>
<rect class="bar${name === "holdfast" ? " ours" : ""}" x="${label}" y="${y + 3}" width="${width(value)}" height="${ROW - 6}" rx="2"/>
<path class="range" d="M${from} ${y + ROW / 2}H${to}"/>
<text x="${Number(to) + 8}" y="${y + 15}">${value.toFixed(0)}</text>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
