import { vitest } from './vitest.ts'

const OPERATIONS = 25_000

const env = { PATKIT_TEST_OPERATIONS: String(OPERATIONS) }
const passed = await vitest(
  ['test/stores/operations.test.ts', '--reporter=verbose', '--testTimeout=3600000'],
  'inherit',
  env,
)
process.exitCode = passed ? 0 : 1
