import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { markdownIn, ROOT } from '../architecture/repository.ts'

const FOLDERS = ['docs', 'packages', 'examples', 'test']
const PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...FOLDERS.flatMap(markdownIn)]
/** The addresses of files and pages of this repository, which package READMEs must use. */
const OWN_ADDRESS = /^https:\/\/github\.com\/patkit\/patkit(?:\/(?:blob|tree)\/main\/|#|$)/
const CODE_BLOCK = /^```[\s\S]*?^```$/gm
const LINK = /\]\(([^)\s]+)\)/g

test('every link to a page of this repository leads to a file and a heading', () => {
  const broken = PAGES.flatMap((page) =>
    linksOf(page)
      .filter((link) => !isThere(page, link))
      .map((link) => `${page}: ${link}`),
  )
  expect(broken).toEqual([])
})

test('package READMEs, which the registry shows, have no relative links', () => {
  const pages = PAGES.filter((page) => /^packages\/[^/]+\/README\.md$/.test(page))
  expect(pages.length).toBeGreaterThan(5)
  expect(pages.flatMap((page) => linksOf(page).filter((link) => !link.startsWith('https://')))).toEqual([])
})

test('the README leads to every guide and reference page', () => {
  const linked = new Set(linksOf('README.md').map((link) => link.split('#')[0]))
  const pages = markdownIn('docs').filter((page) => !linked.has(page))
  expect(pages).toEqual([])
})

function textOf(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8').replaceAll(CODE_BLOCK, '')
}

function linksOf(page: string): string[] {
  return [...textOf(page).matchAll(LINK)].map(([, link]) => link as string)
}

function isThere(page: string, link: string): boolean {
  if (/^https?:/.test(link) && !OWN_ADDRESS.test(link)) return true
  const [path = '', anchor] = OWN_ADDRESS.test(link) ? ownPath(link) : relativePath(page, link)
  if (!existsSync(join(ROOT, path))) return false
  return anchor === undefined || anchorsOf(path).includes(anchor)
}

function ownPath(link: string): string[] {
  const [path = '', ...rest] = link.replace(OWN_ADDRESS, (found) => (found.endsWith('#') ? '#' : '')).split('#')
  return [path === '' ? 'README.md' : path, ...rest]
}

function relativePath(page: string, link: string): string[] {
  const [path = '', ...rest] = link.split('#')
  return [path === '' ? page : normalize(join(dirname(page), path)), ...rest]
}

/** GitHub's anchors of the headings of a page, or of the README of a folder. */
function anchorsOf(path: string): string[] {
  const page = statSync(join(ROOT, path)).isDirectory() ? `${path}/README.md` : path
  const headings = [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading as string)
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}
