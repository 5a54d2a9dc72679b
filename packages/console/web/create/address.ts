const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`)
const GROUP = /^[\da-f]{1,4}$/i

/** Whether text is an IP address or a CIDR range, for help while it is typed: the API decides. */
export function isRange(text: string): boolean {
  const [address = '', length, ...rest] = text.split('/')
  if (rest.length > 0) return false
  const bits = addressBits(address)
  if (bits === null) return false
  return length === undefined || (/^(?:0|[1-9]\d{0,2})$/.test(length) && Number(length) <= bits)
}

/** Whether an address is in a range of the same family; `null` where either cannot be read. */
export function isInRange(address: string, range: string): boolean | null {
  const [base = '', length] = range.split('/')
  const wanted = addressNumber(address)
  const start = addressNumber(base)
  if (wanted === null || start === null) return null
  if (wanted.bits !== start.bits) return false
  const shift = BigInt(wanted.bits - Number(length ?? wanted.bits))
  return wanted.value >> shift === start.value >> shift
}

function addressBits(text: string): 32 | 128 | null {
  if (IPV4.test(text)) return 32
  return groupsOf(text) === null ? null : 128
}

function addressNumber(text: string): { readonly bits: 32 | 128; readonly value: bigint } | null {
  if (IPV4.test(text)) {
    return { bits: 32, value: text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n) }
  }
  const groups = groupsOf(text)
  if (groups === null) return null
  return { bits: 128, value: groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n) }
}

/** The eight groups of an IPv6 address (RFC 4291 §2.2); `null` for other text. */
function groupsOf(text: string): string[] | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [before = [], after = []] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const missing = 8 - before.length - after.length
  const isComplete = halves.length === 1 ? missing === 0 : missing > 0
  const groups = [...before, ...Array<string>(Math.max(0, missing)).fill('0'), ...after]
  return isComplete && groups.every((group) => GROUP.test(group)) ? groups : null
}
