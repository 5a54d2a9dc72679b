import { expect, test } from 'vitest'
import { bench } from './sqlite.ts'
import { document, NOW, scratchFolder } from './terminal.ts'

const folder = scratchFolder()
const DAY_MS = 86_400_000
const LATER = 'token notices --within 7'

interface Notices {
  readonly items: readonly { readonly id: string; readonly within: number; readonly token: { readonly id: string } }[]
}

/** One token that ends in five days. */
async function ending() {
  const { run, issue } = await bench(folder)
  const { id } = await issue('--expires-in', '5d')
  await issue('--expires-in', '90d')
  const at = (line: string, minutes = 0) => run(line, { clock: () => NOW + minutes * 60_000 })
  return { at, id }
}

test('a notice is printed as a row, with its id, the end and the owner', async () => {
  const { at } = await ending()
  const { code, stdout, stderr } = await at(LATER)
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toContain(new Date(NOW + 5 * DAY_MS).toISOString().slice(0, 10))
  for (const text of ['backup', 'ada', '.7.']) expect(stdout).toContain(text)
})

test('it is given again after ten minutes, with the same id, until it is confirmed', async () => {
  const { at, id } = await ending()
  const first = document<Notices>(await at(`${LATER} --json`))
  expect(first.items).toMatchObject([{ within: 7, token: { id } }])
  expect(document(await at(`${LATER} --json`, 9))).toEqual({ items: [] })
  const again = document<Notices>(await at(`${LATER} --json`, 11))
  expect(again.items.map((notice) => notice.id)).toEqual(first.items.map((notice) => notice.id))
  const confirm = `token confirm-notices ${first.items[0]?.id}`
  expect(await at(confirm, 12)).toMatchObject({ code: 0, stdout: '1 notice confirmed.\n', stderr: '' })
  expect(document(await at(`${LATER} --json`, 60))).toEqual({ items: [] })
})

test('--confirm confirms what was printed', async () => {
  const { at } = await ending()
  expect(document<Notices>(await at(`${LATER} --confirm --json`)).items).toHaveLength(1)
  expect(document(await at(`${LATER} --json`, 60))).toEqual({ items: [] })
})

test('no notice is no failure', async () => {
  const { run } = await bench(folder)
  expect(await run(LATER)).toMatchObject({ code: 0, stdout: '', stderr: 'No notice is due.\n' })
  expect(document(await run('token confirm-notices 1.7.unknown --json'))).toEqual({ confirmed: 0 })
})

test.each([
  ['token notices', 2, '--within'],
  ['token notices --within soon', 2, '--within'],
  ['token notices --within 7 --limit 0', 2, 'limit'],
  ['token notices --within 7 --limit many', 2, 'limit'],
  ['token confirm-notices', 2, 'ids'],
])('%s exits with %i and names what is wrong', async (line, code, name) => {
  const { run } = await bench(folder)
  const refused = await run(line)
  expect([refused.code, refused.stdout]).toEqual([code, ''])
  expect(refused.stderr).toContain(name)
})
