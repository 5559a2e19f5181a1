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
const LABEL = 190
const ROW = 22
const GAP = 18
const TOP = 64

/** The chart as SVG, which follows the reader's light or dark theme. */
export function barChart({ title, unit, groups }: Chart): string {
  const longest = Math.max(...groups.flatMap(({ bars }) => bars.map(({ most }) => most)))
  const scale = (WIDTH - LABEL - 90) / longest
  let y = TOP
  const drawn = groups.map(({ name, bars }) => {
    const lines = [`<text class="group" x="16" y="${y + 15}">${escaped(name)}</text>`]
    for (const bar of bars) {
      lines.push(drawBar(bar, y, scale))
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

function drawBar({ name, value, least, most }: Bar, y: number, scale: number): string {
  const width = (amount: number): string => (amount * scale).toFixed(1)
  const from = (LABEL + least * scale).toFixed(1)
  const to = (LABEL + most * scale).toFixed(1)
  return `<text class="name" x="${LABEL - 8}" y="${y + 15}">${escaped(name)}</text>
<rect class="bar${name === "holdfast" ? " ours" : ""}" x="${LABEL}" y="${y + 3}" width="${width(value)}" height="${ROW - 6}" rx="2"/>
<path class="range" d="M${from} ${y + ROW / 2}H${to}"/>
<text x="${Number(to) + 8}" y="${y + 15}">${value.toFixed(0)}</text>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
