import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openStore } from '../src/database.ts'
import { type DatabaseLocation, fileInFolder, locate } from '../src/database-location.ts'

test('a database that is made, and its folders, are for their owner alone', async () => {
  const { folder, mode } = scratch()
  await open(fileInFolder(join(folder, 'some', 'data'), 'acme'))
  expect([mode('some'), mode('some/data')]).toEqual([0o700, 0o700])
  for (const name of ['acme.sqlite', 'acme.sqlite-wal', 'acme.sqlite-shm'])
    expect(mode(`some/data/${name}`)).toBe(0o600)
})

test('so is one that is named by a URL', async () => {
  const { folder, mode } = scratch()
  await open(locate(`sqlite:${join(folder, 'named.sqlite')}`))
  for (const name of ['named.sqlite', 'named.sqlite-wal']) expect(mode(name)).toBe(0o600)
})

test('one that is there stays as open as it was made', async () => {
  const { folder, mode } = scratch()
  writeFileSync(join(folder, 'shared.sqlite'), '')
  chmodSync(join(folder, 'shared.sqlite'), 0o640)
  await open(locate(`sqlite:${join(folder, 'shared.sqlite')}`))
  expect(mode('shared.sqlite')).toBe(0o640)
})

/** A folder of one test's own. */
function scratch() {
  const folder = mkdtempSync(join(tmpdir(), 'patkit-example-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return { folder, mode: (name: string) => statSync(join(folder, name)).mode & 0o777 }
}

async function open(location: DatabaseLocation): Promise<void> {
  const store = await openStore(location)
  onTestFinished(() => store[Symbol.asyncDispose]())
}
