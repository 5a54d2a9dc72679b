/** A part of Node's Buffer that its types leave out: makes a string as a parser does, without looking at an encoding. */
declare global {
  interface Buffer {
    latin1Slice(): string
  }
}

/** Coprime to the number of values of every bench. */
const STEP = 7_919

/** Walks through values in an order that no prefetcher guesses, from the second on. */
export function scattered<T>(values: readonly T[]): () => T {
  let index = 0
  return () => {
    index = (index + STEP) % values.length
    return values[index] as T
  }
}

/** Header values as bytes, scattered: each call makes a fresh string, like a parser. */
export function freshValues(values: readonly string[]): () => string {
  const next = scattered(values.map((value) => Buffer.from(value, 'latin1')))
  return () => next().latin1Slice()
}
