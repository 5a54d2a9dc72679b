import { expect, test } from 'vitest'
import { PACKAGE_SOURCES } from './package-sources.ts'

const KEBAB_CASE = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/
/** Words that do not describe the content of a file. */
const EMPTY_WORDS = /^(?:utils?|helpers?|common|types?|misc|managers?)$/

const names = PACKAGE_SOURCES.flatMap(({ path }) => path.replace(/\.tsx?$/, '').split('/'))

test('files and folders are named in kebab-case', () => {
  expect(names.filter((name) => !KEBAB_CASE.test(name))).toEqual([])
})

test('no name is one that fits anything', () => {
  expect(names.filter((name) => name.split('-').some((word) => EMPTY_WORDS.test(word)))).toEqual([])
})
