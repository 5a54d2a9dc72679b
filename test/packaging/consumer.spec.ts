import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { PACKAGES } from '../architecture/packages.ts'
import { readManifest } from '../architecture/repository.ts'
import { runOrThrow } from './run-program.ts'

const tarballs = inject('tarballs')
const adapters = PACKAGES.filter((row) => row.adapter)

/** The strictest options, with `skipLibCheck` off, must find no error. */
const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    rewriteRelativeImportExtensions: true,
    rootDir: '.',
    outDir: 'dist',
  },
  include: ['*.ts'],
}

test.each(adapters)('$name installs, compiles and answers outside the workspace', async ({ folder, name }) => {
  const project = await mkdtemp(join(tmpdir(), `patkit-consumer-${folder}-`))
  try {
    await writeProject(project, folder, name)
    await runOrThrow('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'], project)
    await runOrThrow(join(project, 'node_modules/.bin/tsc'), ['-p', '.'], project)
    const { stdout } = await runOrThrow(process.execPath, [`dist/${folder}.js`], project)
    expect(JSON.parse(stdout)).toEqual({
      allowed: [200, { id: '7', user: 'user-1' }],
      denied: [401, 'Bearer realm="api"'],
    })
  } finally {
    await rm(project, { recursive: true, force: true })
  }
})

async function writeProject(project: string, folder: string, name: string): Promise<void> {
  for (const file of [`${folder}.ts`, 'token.ts', 'visit.ts']) {
    await cp(join(import.meta.dirname, 'consumers', file), join(project, file))
  }
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify(TSCONFIG))
  await writeFile(join(project, 'package.json'), JSON.stringify(consumerManifest(folder, name)))
}

/** The tarballs, and the versions of everything else that the workspace itself is tested with. */
function consumerManifest(folder: string, name: string): object {
  const versions = { ...developed('test', 'dependencies'), ...developed(`packages/${folder}`, 'devDependencies') }
  const tools = developed('.', 'devDependencies')
  const companions = [folder, `@types/${folder}`, ...(folder === 'hono' ? ['@hono/node-server'] : [])]
  const frameworks = Object.entries(versions).filter(([dependency]) => companions.includes(dependency))
  return {
    private: true,
    type: 'module',
    dependencies: {
      '@patkit/core': `file:${tarballs['@patkit/core']}`,
      [name]: `file:${tarballs[name]}`,
      ...Object.fromEntries(frameworks),
      '@types/node': tools['@types/node'],
      typescript: tools.typescript,
    },
    overrides: { '@patkit/core': '$@patkit/core' },
  }
}

function developed(folder: string, kind: 'dependencies' | 'devDependencies'): Record<string, string> {
  return readManifest(folder)[kind] as Record<string, string>
}
