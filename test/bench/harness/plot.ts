/** A value with a name, as a bar. */
export interface Bars {
  readonly kind: 'bars'
  /** File name without its ending. */
  readonly file: string
  readonly unit: string
  readonly scale: 'linear' | 'log'
  readonly bars: readonly { readonly label: string; readonly value: number; readonly isOurs: boolean }[]
}

/** Values over a growing size, as lines. */
export interface Lines {
  readonly kind: 'lines'
  readonly file: string
  readonly unit: string
  readonly size: string
  readonly scale: 'linear' | 'log'
  readonly lines: readonly {
    readonly label: string
    readonly points: readonly (readonly [size: number, value: number])[]
  }[]
}

export type Plot = Bars | Lines

const WIDTH = 720
const STYLE = `
    svg { color-scheme: light dark; --ink: #1f2328; --muted: #59636e; --line: #d1d9e0; --ours: #0969da; --other: #818b98; --third: #bc4c00; --fourth: #1a7f37; }
    @media (prefers-color-scheme: dark) { svg { --ink: #f0f6fc; --muted: #9198a1; --line: #3d444d; --ours: #4493f8; --other: #7d8590; --third: #f0883e; --fourth: #3fb950; } }
    text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--ink); }
    .muted { fill: var(--muted); } .end { text-anchor: end; } .middle { text-anchor: middle; }
    .grid { stroke: var(--line); } .line { fill: none; stroke-width: 2; }`

/** Colours of lines, in their order. */
const COLOURS = ['var(--ours)', 'var(--third)', 'var(--fourth)', 'var(--other)']

/** An SVG that is readable in light and in dark mode. */
export function drawPlot(title: string, plot: Plot): string {
  const { height, body } = plot.kind === 'bars' ? drawBars(plot) : drawLines(plot)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title">
  <title id="title">${escaped(title)}</title>
  <style>${STYLE}
  </style>
${body.map((line) => `  ${line}`).join('\n')}
</svg>
`
}

interface Drawing {
  readonly height: number
  readonly body: readonly string[]
}

const BAR = { left: 250, right: 110, top: 30, height: 26 }

function drawBars({ unit, scale, bars }: Bars): Drawing {
  const values = bars.map(({ value }) => value)
  const width = WIDTH - BAR.left - BAR.right
  const lengthOf = barScale(values, scale, width)
  const body = bars.flatMap(({ label, value, isOurs }, index) => {
    const y = BAR.top + index * BAR.height
    const length = fixed(lengthOf(value))
    const colour = isOurs ? 'var(--ours)' : 'var(--other)'
    return [
      `<text class="end" x="${BAR.left - 8}" y="${y + 16}">${escaped(label)}</text>`,
      `<rect fill="${colour}" x="${BAR.left}" y="${y + 3}" width="${length}" height="${BAR.height - 8}" rx="2"/>`,
      `<text x="${fixed(BAR.left + lengthOf(value) + 6)}" y="${y + 16}">${shown(value)}</text>`,
    ]
  })
  const caption = `<text class="muted" x="${BAR.left}" y="18">${escaped(unit)}${scale === 'log' ? ', logarithmic' : ''}</text>`
  return { height: BAR.top + bars.length * BAR.height + 10, body: [caption, ...body] }
}

function barScale(values: readonly number[], scale: 'linear' | 'log', width: number): (value: number) => number {
  const longest = Math.max(...values)
  if (scale === 'linear') return (value) => (value / longest) * width
  const lowest = 10 ** Math.floor(Math.log10(Math.min(...values)))
  return (value) => (Math.log10(value / lowest) / Math.log10(longest / lowest)) * width
}

const AREA = { left: 70, right: 30, top: 30, bottom: 50, height: 260 }
const GRID_LINES = 4

function drawLines({ unit, size, scale, lines }: Lines): Drawing {
  const points = lines.flatMap((line) => line.points)
  const sizes = [...new Set(points.map(([at]) => at))].sort((a, b) => a - b)
  const highest = ceiling(Math.max(...points.map(([, value]) => value)))
  const bottom = AREA.height - AREA.bottom
  const x = sizeScale(sizes, scale, WIDTH - AREA.left - AREA.right)
  const y = (value: number) => bottom - (value / highest) * (bottom - AREA.top)
  const body = [
    `<text class="muted" x="${AREA.left}" y="18">${escaped(unit)}</text>`,
    ...grid(highest, y),
    ...apart(sizes, x).map(
      (at) => `<text class="muted middle" x="${fixed(x(at))}" y="${bottom + 18}">${shown(at)}</text>`,
    ),
    `<text class="muted middle" x="${WIDTH / 2}" y="${bottom + 38}">${escaped(size)}</text>`,
    ...lines.flatMap((line, index) => drawLine(line, index, x, y)),
  ]
  return { height: AREA.height, body }
}

function grid(highest: number, y: (value: number) => number): string[] {
  return Array.from({ length: GRID_LINES + 1 }, (_, index) => {
    const value = (highest * index) / GRID_LINES
    const at = fixed(y(value))
    return `<line class="grid" x1="${AREA.left}" x2="${WIDTH - AREA.right}" y1="${at}" y2="${at}"/><text class="muted end" x="${AREA.left - 8}" y="${fixed(y(value) + 4)}">${shown(value)}</text>`
  })
}

function drawLine(
  { label, points }: Lines['lines'][number],
  index: number,
  x: (size: number) => number,
  y: (value: number) => number,
): string[] {
  const colour = COLOURS[index % COLOURS.length]
  const places = points.map(([size, value]) => `${fixed(x(size))},${fixed(y(value))}`)
  return [
    `<polyline class="line" stroke="${colour}" points="${places.join(' ')}"/>`,
    ...points.map(([size, value]) => `<circle fill="${colour}" cx="${fixed(x(size))}" cy="${fixed(y(value))}" r="3"/>`),
    `<text style="fill: ${colour}" x="${AREA.left + 200 + index * 150}" y="18">${escaped(label)}</text>`,
  ]
}

function sizeScale(sizes: readonly number[], scale: 'linear' | 'log', width: number): (size: number) => number {
  const place = scale === 'log' ? Math.log10 : Number
  const [first, last] = [place(sizes[0] as number), place(sizes.at(-1) as number)]
  return (size) => AREA.left + ((place(size) - first) / (last - first || 1)) * width
}

/** Pixels that a label takes. */
const LABEL_WIDTH = 30

/** The sizes whose labels do not overlap, from the greatest down. */
function apart(sizes: readonly number[], x: (size: number) => number): number[] {
  const labelled: number[] = []
  for (const size of sizes.toReversed()) {
    const last = labelled.at(-1)
    if (last === undefined || x(last) - x(size) >= LABEL_WIDTH) labelled.push(size)
  }
  return labelled
}

/** The next round number. */
function ceiling(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(value))
  const step = [1, 2, 4, 6, 8, 10].find((factor) => factor * unit >= value) ?? 10
  return step * unit
}

function shown(value: number): string {
  const text = value >= 100 ? Math.round(value) : Number(value.toPrecision(3))
  return text.toLocaleString('en')
}

function fixed(value: number): string {
  return String(Number(value.toFixed(1)))
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
