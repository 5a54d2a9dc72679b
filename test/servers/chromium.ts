import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { binary } from './binary.ts'
import { reasonIn } from './server-process.ts'
import { unpackOnce } from './unpack.ts'

const run = promisify(execFile)
const TESTS = resolve(import.meta.dirname, '..')
const CACHE = join(TESTS, 'node_modules/.cache')
/** The package unpacks into the folder for temporary files, and takes existing files for complete. */
const UNPACK = ['--input-type=module', '--eval', "await (await import('@sparticuz/chromium')).default.executablePath()"]
const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

/** The Chromium that `PATKIT_TEST_CHROMIUM` names, one from the PATH, or the one from npm. */
export async function findChromium(): Promise<string> {
  const path = process.env.PATKIT_TEST_CHROMIUM ?? installed() ?? (await unpacked())
  try {
    await run(path, ['--version', '--no-sandbox'])
    return path
  } catch (cause) {
    const { message, stderr } = cause as Error & { readonly stderr?: string }
    throw new Error(`Chromium cannot be started: ${reasonIn(stderr || message)}`, { cause })
  }
}

function installed(): string | null {
  for (const name of NAMES) {
    try {
      return binary(name)
    } catch {}
  }
  return null
}

async function unpacked(): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('chromium is not on the PATH')
  const { dependencies } = JSON.parse(await readFile(join(TESTS, 'package.json'), 'utf8'))
  const folder = join(CACHE, `chromium-${dependencies['@sparticuz/chromium']}`)
  await unpackOnce(folder, (draft) =>
    run(process.execPath, UNPACK, { cwd: TESTS, env: { ...process.env, TMPDIR: draft } }),
  )
  return join(folder, 'chromium')
}
