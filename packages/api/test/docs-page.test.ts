import { nativeShape } from '@patkit/api'
import { expect, test, vi } from 'vitest'
import { createHarness } from './harness.ts'

const renderer = vi.hoisted(() => ({ isInstalled: true }))
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  return {
    ...real,
    readFile: (...args: Parameters<typeof real.readFile>) =>
      renderer.isInstalled ? real.readFile(...args) : Promise.reject(new Error('ENOENT')),
  }
})

async function opened(options: object = {}) {
  const { api } = await createHarness(options)
  return (path: string) => api.handle(new Request(`http://localhost/manage${path}`))
}

test('the page may load its own files and nothing else, and cannot be framed', async () => {
  const answer = await (await opened())('/docs')
  expect(Object.fromEntries(answer?.headers ?? [])).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': expect.stringMatching(
      /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/,
    ),
  })
  expect(await answer?.text()).not.toMatch(/https?:|<script>|style=|\bon\w+=/)
})

test.each([
  ['/docs', '/openapi.json', 'docs/start.js', 'openapi.json'],
  ['/for/people', '/openapi.json', 'people/start.js', '../openapi.json'],
  ['/docs', '/for/programs.json', 'docs/start.js', 'for/programs.json'],
])('a page at %s finds %s and its files beside it', async (docsPath, documentPath, script, document) => {
  const ask = await opened({ docsPath, documentPath })
  const html = (await (await ask(docsPath))?.text()) ?? ''
  expect(html).toContain(`<script src="${script}">`)
  expect(html).toContain(`data-document="${document}"`)
  for (const name of ['swagger-ui.css', 'swagger-ui-bundle.js', 'start.js']) {
    const answer = await ask(`${docsPath}/${name}`)
    expect([answer?.status, answer?.headers.get('x-content-type-options')]).toEqual([200, 'nosniff'])
  }
})

test('titles are text', async () => {
  const ask = await opened({ shape: { ...nativeShape(), title: '"><script>alert(1)</script>&' } })
  expect(await (await ask('/docs'))?.text()).toContain(
    '<title>&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;&#38;</title>',
  )
})

test.each(['package.json', 'index.js', '..%2fpackage.json', '__proto__', ''])(
  'no other file is handed out: %s',
  async (name) => {
    expect(await (await opened())(`/docs/${name}`)).toBeNull()
  },
)

test('it is not there where it is not wanted, or has nothing to show', async () => {
  expect(await (await opened({ docsPath: null }))('/docs')).toBeNull()
  expect(await (await opened({ documentPath: null }))('/docs')).toBeNull()
})

test('it is left to others where nothing can draw it', async () => {
  renderer.isInstalled = false
  const ask = await opened()
  expect([await ask('/docs'), await ask('/docs/swagger-ui.css')]).toEqual([null, null])
  renderer.isInstalled = true
})

test.each([
  ['docsPath', { docsPath: 'docs' }],
  ['documentPath', { documentPath: '/' }],
])('a wrong %s is a TypeError that names it', async (name, options) => {
  await expect(createHarness(options)).rejects.toThrow(new RegExp(`^patkit option "${name}"`))
})
