import { vitest } from './vitest.ts'

const env = { PATKIT_TEST_CONSOLE: 'all' }
const passed = await vitest(['test/console', '--reporter=verbose'], 'inherit', env)
process.exitCode = passed ? 0 : 1
