import type { Command } from 'commander'
import type { AddCommand } from '../command.ts'
import { addAuditExport } from './audit-export.ts'
import { addAuditList } from './audit-list.ts'
import { addAuditPrune } from './audit-prune.ts'

export function auditCommands(program: Command, add: AddCommand): void {
  const audit = program.command('audit').description('Read, export and clear the audit log.')
  addAuditList(audit, add)
  addAuditExport(audit, add)
  addAuditPrune(audit, add)
}
