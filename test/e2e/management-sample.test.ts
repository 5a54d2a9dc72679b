import { execFile } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { freePort } from '../servers/test-server.ts'
import { blocksOf, compile, scratchFolder } from '../types/compile.ts'
import { cleanUp, startProgram } from './example-program.ts'

const SCRATCH = scratchFolder('management-sample')
const PORT = '3000'

afterAll(async () => {
  await cleanUp()
  rmSync(SCRATCH, { recursive: true, force: true })
})

test.each(['docs/guides/management.md', 'packages/api/README.md'])(
  'the sample of the management API in %s makes a token, as it stands',
  async (file) => {
    const page = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
    const port = String(await freePort())
    const onPort = (text: string) => text.replaceAll(PORT, port)
    const isSample = (code: string) => code.includes('createApi(') && code.includes('.listen(')
    const program = blocksOf(page, 'ts').filter(isSample).map(onPort)
    const [command = ''] = blocksOf(page, 'sh')
      .filter((code) => code.includes('/api/tokens'))
      .map(onPort)
    expect(program).toHaveLength(1)
    const folder = join(SCRATCH, file.replaceAll(/\W+/g, '-'))
    expect(compile(folder, { 'program.ts': program[0] as string, 'package.json': '{"type":"module"}' })).toBe('')
    const started = startProgram(join(folder, 'program.ts'), [])
    expect(await started.nextLine()).toBe(`http://localhost:${port}/api/docs`)
    const made = await shell(command)
    expect(made).toMatch(/^HTTP\/1\.1 201 /)
    expect(JSON.parse(bodyOf(made))).toMatchObject({ name: 'backup', scopes: ['drive:read'], status: 'active' })
    // What a page of another origin can send.
    const foreign = await shell(
      command.replace(/-H 'Origin: [^']+'/, "-H 'Origin: https://evil.example' -u user:password"),
    )
    expect([foreign.slice(0, 12), JSON.parse(bodyOf(foreign)).code]).toEqual(['HTTP/1.1 403', 'cross_origin'])
    expect(await shell(command.replace(/-H 'Cookie: [^']+'/, ''))).toMatch(/^HTTP\/1\.1 401 /)
  },
)

async function shell(command: string): Promise<string> {
  return (await promisify(execFile)('sh', ['-c', command.replace('curl ', 'curl -sS ')])).stdout
}

function bodyOf(answer: string): string {
  return answer.slice(answer.indexOf('\r\n\r\n') + 4)
}
