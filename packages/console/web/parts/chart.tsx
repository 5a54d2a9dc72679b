import type { JSX } from 'preact'
import { useConsole } from '../console.ts'
import { numberText } from '../format.ts'

/** Counts of one column of a chart. */
export interface Column {
  readonly label: string
  readonly allowed: number
  readonly denied: number
  readonly changed: number
}

const SERIES = ['allowed', 'denied', 'changed'] as const
/** The picture is stretched to the space that it has; its texts are not. */
const WIDTH = 720
const HEIGHT = 100

interface ChartProps {
  readonly title: string
  /** The heading of the first column of the table. */
  readonly axis: string
  readonly columns: readonly Column[]
}

/** Stacked columns as a picture, and the same numbers as a table behind it. */
export function Chart({ title, axis, columns }: ChartProps): JSX.Element {
  const { t } = useConsole()
  return (
    <figure class="stack" part="chart">
      <figcaption class="label">{title}</figcaption>
      <Picture columns={columns} />
      <p class="legend" aria-hidden="true">
        {SERIES.filter((name) => columns.some((column) => column[name] > 0)).map((name) => (
          <span key={name}>
            <svg viewBox="0 0 12 12" class="chart swatch" aria-hidden="true">
              <rect class={name} width="12" height="12" />
            </svg>
            {t(`events.${name}`)}
          </span>
        ))}
      </p>
      <details>
        <summary>{t('events.table')}</summary>
        <Numbers axis={axis} columns={columns} title={title} />
      </details>
    </figure>
  )
}

function Picture({ columns }: Pick<ChartProps, 'columns'>): JSX.Element {
  const { language } = useConsole()
  const most = Math.max(1, ...columns.map(totalOf))
  const step = WIDTH / Math.max(1, columns.length)
  const first = columns[0]
  const last = columns.at(-1)
  return (
    <div class="picture small muted" aria-hidden="true">
      {numberText(most, language)}
      <svg class="chart days" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {columns.map((column, index) => (
          <Bar key={column.label} column={column} x={index * step} width={Math.min(step * 0.72, 48)} most={most} />
        ))}
      </svg>
      <div class="ends">
        <span>{first?.label}</span>
        {last !== first && <span>{last?.label}</span>}
      </div>
    </div>
  )
}

function Bar(props: { column: Column; x: number; width: number; most: number }): JSX.Element {
  const { column, x, width, most } = props
  const height = (count: number) => (count / most) * HEIGHT
  let top = HEIGHT
  const rects = SERIES.map((name) => {
    const size = height(column[name])
    top -= size
    return size === 0 ? null : <rect key={name} class={name} x={x} y={top} width={width} height={size} />
  })
  return <g>{rects}</g>
}

function Numbers({ title, axis, columns }: ChartProps): JSX.Element {
  const { t } = useConsole()
  return (
    <table class="table">
      <caption class="visually-hidden">{title}</caption>
      <thead>
        <tr>
          <th scope="col">{axis}</th>
          {SERIES.map((name) => (
            <th key={name} scope="col" class="number">
              {t(`events.${name}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {columns.map((column) => (
          <tr key={column.label}>
            <th scope="row">{column.label}</th>
            {SERIES.map((name) => (
              <td key={name} class="number">
                {column[name]}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function totalOf({ allowed, denied, changed }: Column): number {
  return allowed + denied + changed
}
