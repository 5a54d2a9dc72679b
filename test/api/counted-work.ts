/** The work: entries and characters that built-ins have read, and the longest normalized text. */
export interface CountedWork {
  readonly steps: number
  readonly longestNormalized: number
}

const LIST_METHODS = ['indexOf', 'includes', 'find', 'findIndex', 'filter', 'map', 'every', 'some', 'forEach']
const TEXT_METHODS = ['normalize', 'split', 'trim', 'toLowerCase', 'replace', 'replaceAll', 'includes']

type Method = (this: { readonly length: number }, ...rest: unknown[]) => unknown
type Count = (name: string, length: number) => void

/** Counts what built-ins go through while something works. A pass inside a pass counts each time. */
export async function countedWork(work: () => unknown): Promise<CountedWork> {
  let steps = 0
  let longestNormalized = 0
  const count: Count = (name, length) => {
    steps += length
    if (name === 'normalize') longestNormalized = Math.max(longestNormalized, length)
  }
  const restored = [
    ...instrument(Array.prototype, LIST_METHODS, count),
    ...instrument(String.prototype, TEXT_METHODS, count),
  ]
  try {
    await work()
  } finally {
    for (const restore of restored) restore()
  }
  return { steps, longestNormalized }
}

function instrument(prototype: object, names: readonly string[], count: Count): (() => void)[] {
  return names.map((name) => {
    const original = Reflect.get(prototype, name) as Method
    const counted: Method = function (...rest) {
      count(name, this.length)
      return original.apply(this, rest)
    }
    const put = (value: Method) => Object.defineProperty(prototype, name, { value, writable: true, configurable: true })
    put(counted)
    return () => void put(original)
  })
}
