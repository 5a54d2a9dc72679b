import type { JSX } from 'preact'
import type { AuditEvent } from '../api/models.ts'
import { readAll } from '../api/pages.ts'
import { useConsole } from '../console.ts'
import { useAction } from '../loaded.ts'
import { Failure } from '../parts/failure.tsx'
import { type AuditFilters, auditQuery } from './audit-filters.ts'
import { csv, jsonLines } from './export.ts'

const MOST = 10_000
const KINDS = {
  csv: { text: 'audit.downloadCsv', type: 'text/csv', file: 'audit.csv', write: csv },
  lines: { text: 'audit.downloadLines', type: 'application/x-ndjson', file: 'audit.jsonl', write: jsonLines },
} as const

/** The events that match the filters, as a file. */
export function Download({ filters }: { filters: AuditFilters }): JSX.Element {
  const { client, t, announce } = useConsole()
  const action = useAction()
  const download = (kind: keyof typeof KINDS) =>
    action.run(async () => {
      const { type, file, write } = KINDS[kind]
      const { items, isComplete } = await readAll<AuditEvent>(client, '/audit', auditQuery(filters), MOST)
      save(new Blob([write(items)], { type }), file)
      const written = t('audit.downloaded', { count: items.length })
      announce(isComplete ? written : `${written} ${t('audit.downloadCut', { number: MOST })}`)
    })
  return (
    <div class="tight">
      <div class="row">
        {(['csv', 'lines'] as const).map((kind) => (
          <button key={kind} type="button" aria-disabled={action.isBusy} onClick={() => void download(kind)}>
            {t(KINDS[kind].text)}
          </button>
        ))}
        {action.isBusy && (
          <span class="muted" role="status">
            {t('audit.downloading')}
          </span>
        )}
      </div>
      <Failure failure={action.failure} />
    </div>
  )
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
