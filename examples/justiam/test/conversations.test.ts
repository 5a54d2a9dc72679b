import { readFileSync } from 'node:fs'
import { test } from 'vitest'
import { type Conversation, hold } from './conversation.ts'
import { createHarness } from './harness.ts'

const CONVERSATIONS: Readonly<Record<string, Conversation>> = JSON.parse(
  readFileSync(new URL('conversations.json', import.meta.url), 'utf8'),
)

test.each(Object.entries(CONVERSATIONS))('%s', async (_, steps) => {
  await hold(await createHarness(), steps)
})
