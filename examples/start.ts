/** `pnpm start [example] [options]`: the first argument names the example, unless it is an option. */
const EXAMPLES: Readonly<Record<string, () => Promise<{ readonly run: (args: readonly string[]) => Promise<void> }>>> =
  {
    quickstart: () => import('./quickstart/src/run.ts'),
    eunifyer: () => import('./eunifyer/src/run.ts'),
    magistrala: () => import('./magistrala/src/run.ts'),
    justiam: () => import('./justiam/src/run.ts'),
    unit: () => import('./unit/src/run.ts'),
  }
const DEFAULT = 'quickstart'

const [first, ...rest] = process.argv.slice(2)
const isNamed = first !== undefined && !first.startsWith('-')
const name = isNamed ? first : DEFAULT
const load = Object.hasOwn(EXAMPLES, name) ? EXAMPLES[name] : undefined
const names = Object.keys(EXAMPLES).join(', ')

if (load === undefined) {
  console.error(`start: unknown example ${JSON.stringify(name)}; there are ${names}`)
  process.exitCode = 1
} else {
  if (first === '--help')
    console.log(`Examples: ${names}. This is ${DEFAULT}; npx -y pnpm start <example> starts another.\n`)
  const { run } = await load()
  await run(isNamed ? rest : process.argv.slice(2))
}
