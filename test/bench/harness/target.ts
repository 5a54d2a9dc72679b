/** Of a figure that may not be greater than its target. A figure without a target has `undefined`. */
export function atMost(figure: number, target: number | undefined): string {
  return target === undefined ? '' : `≤ ${shown(target)} ${figure <= target ? 'met' : 'MISSED'}`
}

/** Of a figure that may not be less than its target. */
export function atLeast(figure: number, target: number | undefined): string {
  return target === undefined ? '' : `≥ ${shown(target)} ${figure >= target ? 'met' : 'MISSED'}`
}

function shown(target: number): string {
  return target.toLocaleString('en')
}
