import type { JSX } from 'preact'
import { useConsole } from '../console.ts'
import { numberText } from '../format.ts'

export interface Bar {
  readonly label: string
  readonly series: 'allowed' | 'denied' | 'changed'
  readonly count: number
}

interface BarsProps {
  readonly title: string
  /** The heading of the labels. */
  readonly axis: string
  readonly bars: readonly Bar[]
}

/** Counts of a few names: a table whose numbers are also bars. */
export function Bars({ title, axis, bars }: BarsProps): JSX.Element {
  const { t, language } = useConsole()
  const most = Math.max(1, ...bars.map(({ count }) => count))
  return (
    <table class="bars" part="chart">
      <caption class="label">{title}</caption>
      <thead class="visually-hidden">
        <tr>
          <th scope="col">{axis}</th>
          <th scope="col">{t('audit.outcomes')}</th>
        </tr>
      </thead>
      <tbody>
        {bars.map(({ label, series, count }) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            <td>
              <svg class="chart" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                <rect class={series} width={Math.max(1, (count / most) * 100)} height="10" />
              </svg>
              {numberText(count, language)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
