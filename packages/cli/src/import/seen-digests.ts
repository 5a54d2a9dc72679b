/** Which digests a file has, and on which lines. */
export interface SeenDigests {
  /** The line that has the digest already, or `null`, and then this line has it from now on. */
  lineOf(digest: string, line: number): number | null
}

const SLOTS_AT_FIRST = 1_024
const HALF_DIGITS = 8
const WORDS = 3

/**
 * Takes 24 to 48 bytes a digest: a file of a million tokens must fit beside everything else. Of each
 * digest it knows 64 bits, which two of a million share once in thirty million files.
 */
export function createSeenDigests(): SeenDigests {
  let slots = new Uint32Array(SLOTS_AT_FIRST * WORDS)
  let size = 0

  /** The slot of a digest, or the free one where it would be. */
  function find(high: number, low: number): number {
    const count = slots.length / WORDS
    let slot = low % count
    while (slots[slot * WORDS + 2] !== 0 && !(slots[slot * WORDS] === high && slots[slot * WORDS + 1] === low)) {
      slot = (slot + 1) % count
    }
    return slot * WORDS
  }

  function grow(): void {
    const old = slots
    slots = new Uint32Array(old.length * 2)
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at + 2] !== 0) slots.set(old.subarray(at, at + WORDS), find(old[at] ?? 0, old[at + 1] ?? 0))
    }
  }

  return {
    lineOf(digest, line) {
      const [high, low] = [0, HALF_DIGITS].map((from) => Number.parseInt(digest.slice(from, from + HALF_DIGITS), 16))
      const at = find(high ?? 0, low ?? 0)
      if (slots[at + 2] !== 0) return slots[at + 2] ?? 0
      slots.set([high ?? 0, low ?? 0, line], at)
      if (++size * 2 > slots.length / WORDS) grow()
      return null
    },
  }
}
