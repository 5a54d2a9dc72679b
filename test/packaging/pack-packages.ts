import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { PACKAGES } from '../architecture/packages.ts'
import { ROOT } from '../architecture/repository.ts'
import { runOrThrow } from './run-program.ts'

/** Under pnpm it is on the PATH; elsewhere npx brings it. */
const PNPM: readonly [string, ...string[]] = process.env.npm_config_user_agent?.startsWith('pnpm/')
  ? ['pnpm']
  : ['npx', '-y', 'pnpm']

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of each package's tarball, by package name. */
    tarballs: Readonly<Record<string, string>>
  }
}

/** Packs every package as it would be published, once for all spec files. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const target = await mkdtemp(join(tmpdir(), 'patkit-packed-'))
  const remove = () => rm(target, { recursive: true, force: true })
  try {
    project.provide('tarballs', await packInto(target))
    return remove
  } catch (error) {
    await remove()
    throw error
  }
}

/** One after the other: they build each other's references. */
async function packInto(target: string): Promise<Record<string, string>> {
  const [command, ...args] = PNPM
  const tarballs: Record<string, string> = {}
  for (const { folder, name } of PACKAGES) {
    const out = join(target, `${folder}.tgz`)
    await runOrThrow(command, [...args, 'pack', '--out', out], join(ROOT, 'packages', folder))
    tarballs[name] = out
  }
  return tarballs
}
