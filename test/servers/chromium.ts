import { binary } from './binary.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

/** The Chromium that `PATKIT_TEST_CHROMIUM` names, one from the PATH, or the one from npm. */
export async function findChromium(): Promise<string> {
  return process.env.PATKIT_TEST_CHROMIUM ?? installed() ?? (await unpacked())
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
  const { default: chromium } = await import('@sparticuz/chromium')
  return chromium.executablePath()
}
