import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { reasonIn } from './server-process.ts'

const run = promisify(execFile)
const { resolve } = createRequire(import.meta.url)
const PLATFORM = `${process.platform}-${process.arch}`

export type RuntimeName = 'Bun' | 'Deno' | 'workerd'

/** The npm packages that hold the binaries, one a platform, and where in them. */
const BINARIES = {
  Bun: { package: `@oven/bun-${PLATFORM.replace('arm64', 'aarch64')}`, path: 'bin/bun' },
  Deno: { package: `@deno/${process.platform === 'linux' ? `${PLATFORM}-glibc` : PLATFORM}`, path: 'deno' },
  workerd: { package: `@cloudflare/workerd-${PLATFORM.replace('x64', '64')}`, path: 'bin/workerd' },
} as const satisfies Record<RuntimeName, { readonly package: string; readonly path: string }>

/** @throws Error where the runtime is not installed or cannot be started */
export async function runtimeBinary(name: RuntimeName): Promise<string> {
  const { package: holder, path } = BINARIES[name]
  const file = join(folderOf(holder), path)
  try {
    await run(file, ['--version'])
    return file
  } catch (cause) {
    const { message, stderr } = cause as Error & { readonly stderr?: string }
    throw new Error(`${name} cannot be started: ${reasonIn(stderr || message)}`, { cause })
  }
}

function folderOf(holder: string): string {
  try {
    return dirname(resolve(`${holder}/package.json`))
  } catch (cause) {
    throw new Error(`the npm package ${holder} is not installed`, { cause })
  }
}
