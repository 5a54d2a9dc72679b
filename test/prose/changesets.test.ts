import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { markdownIn, packageFolders, ROOT, readManifest } from '../architecture/repository.ts'

const NAMES = packageFolders('packages').map((folder) => readManifest(`packages/${folder}`).name)
const HEAD = /^---\n((?:"[^"]+": (?:patch|minor|major)\n)+)---\n\n\S/

/** A changeset without a readable head releases no package, and is no error to the tool. */
test.each(markdownIn('.changeset'))('%s begins with the packages that it releases', (page) => {
  const [, head = ''] = HEAD.exec(readFileSync(join(ROOT, page), 'utf8')) ?? []
  const released = [...head.matchAll(/^"([^"]+)"/gm)].map(([, name]) => name)
  expect(released.length).toBeGreaterThan(0)
  expect(released.filter((name) => !NAMES.includes(name))).toEqual([])
})
