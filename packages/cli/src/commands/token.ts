import type { Command } from 'commander'
import type { AddCommand } from '../command.ts'
import { addTokenDelete, addTokenRevoke } from './token-end.ts'
import { addTokenCreate, addTokenRegenerate, addTokenRotate } from './token-issue.ts'
import { addTokenConfirmNotices, addTokenNotices } from './token-notices.ts'
import { addTokenList, addTokenShow } from './token-read.ts'
import { addTokenUpdate } from './token-update.ts'

export function tokenCommands(program: Command, add: AddCommand): void {
  const token = program.command('token').description('Issue and manage tokens.')
  addTokenCreate(token, add)
  addTokenList(token, add)
  addTokenShow(token, add)
  addTokenUpdate(token, add)
  addTokenRotate(token, add)
  addTokenRevoke(token, add)
  addTokenRegenerate(token, add)
  addTokenDelete(token, add)
  addTokenNotices(token, add)
  addTokenConfirmNotices(token, add)
}
