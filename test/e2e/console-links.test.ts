import { afterAll, expect, test } from 'vitest'
import { browser } from '../../packages/cli/test/browser.ts'
import type { PageConfig } from '../../packages/console/src/page-config.ts'
import { cleanUp, startExample, temporaryFolder } from './example-program.ts'

const LABELLED = { id: expect.any(String), label: expect.any(String) }

afterAll(cleanUp)

test.each([
  ['quickstart', '/console'],
  ['eunifyer', '/admin/api-access'],
  ['magistrala', '/console'],
  ['justiam', '/console'],
  ['unit', '/console'],
])('pnpm start %s prints a link that opens the console, once', async (name, path) => {
  const program = startExample(name, '--json', '--port', '0', '--data', await temporaryFolder())
  const { console: link, url } = JSON.parse(await program.nextLine()) as { console: string; url: string }
  expect(link).toMatch(new RegExp(`^${url}/sign-in#code=[\\w-]{43}$`))
  const person = browser(url, (request) => fetch(request))
  const exchange = { code: new URL(link).hash.slice('#code='.length) }
  const answer = await person.post(`${url}/sign-in/link`, exchange)
  expect([answer.status, await answer.json()]).toEqual([200, { location: `${url}${path}/` }])
  expect((await browser(url, (request) => fetch(request)).post(`${url}/sign-in/link`, exchange)).status).toBe(403)
  const page = await person.get(`${url}${path}/`)
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  const config = (await (await person.get(`${url}${path}/config.json`)).json()) as PageConfig
  expect(config).toMatchObject({ api: '/console-api' })
  expect(sourcesOf(config).length).toBe(name === 'magistrala' ? 2 : 0)
  for (const list of ['tokens', 'principals']) expect((await person.get(`${url}/console-api/${list}`)).status).toBe(200)
  expect((await fetch(`${url}/console-api/tokens`)).status).toBe(401)
  for (const source of sourcesOf(config)) {
    const chosen = `${url}${source}?domain=*&type=channels`
    const { items, more } = (await (await person.get(chosen)).json()) as { items: { id: string }[]; more: boolean }
    expect({ items, more }).toMatchObject({ items: expect.arrayContaining([LABELLED]), more: false })
    expect(await (await person.get(`${chosen}&ids=gone,${items[0]?.id}`)).json()).toMatchObject({ items: [items[0]] })
    expect((await fetch(`${url}${source}`)).status).toBe(401)
  }
  expect(await program.stop('SIGTERM')).toEqual({ code: 0, signal: null })
})

/** Where the console asks for the entities of scopes. */
function sourcesOf({ entityScopes }: PageConfig): readonly string[] {
  return (entityScopes?.parts ?? []).flatMap(({ source }) => source ?? [])
}
