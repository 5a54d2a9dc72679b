const UNIT_SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3_600,
  d: 86_400,
  w: 604_800,
  y: 31_536_000,
}
const DURATION = /^(?:\d{1,9}(?:\.\d{1,9})?[smhdwy]){1,6}$/
const PART = /([\d.]+)([smhdwy])/g

/** The seconds of `1h30m`, `1.5h`, `30d` or `1y`, a year being 365 days; `null` unless it is a whole number. */
export function durationSeconds(text: string): number | null {
  if (!DURATION.test(text)) return null
  const parts = [...text.matchAll(PART)]
  const seconds = parts.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (UNIT_SECONDS[unit] ?? 0), 0)
  return Number.isSafeInteger(seconds) && seconds > 0 ? seconds : null
}
