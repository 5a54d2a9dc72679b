/** `--quick`: fewer rounds and smaller data, so that all benches together take under two minutes. */
export const isQuick: boolean = process.argv.includes('--quick')

/** The first of two sizes of a bench, or with `--quick` the second. */
export function fullOrQuick<T>(full: T, quick: T): T {
  return isQuick ? quick : full
}

/** A line on standard error, which keeps progress out of the tables. */
export function progress(line: string): void {
  process.stderr.write(`  ${line}\n`)
}
