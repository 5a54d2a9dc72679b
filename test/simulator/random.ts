/** Numbers that look drawn at random and are the same for the same seed. */
export interface Random {
  /** A whole number from 0 to `bound - 1`. */
  below(bound: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
}

/** mulberry32: 32 bits of state, one word of output a step. */
export function createRandom(seed: number): Random {
  let state = seed | 0

  function fraction(): number {
    state = (state + 0x6d2b79f5) | 0
    let word = Math.imul(state ^ (state >>> 15), 1 | state)
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32
  }

  const below = (bound: number) => Math.floor(fraction() * bound)
  return {
    below,
    chance: (probability) => fraction() < probability,
    pick: <T>(list: readonly T[]) => list[below(list.length)] as T,
  }
}
