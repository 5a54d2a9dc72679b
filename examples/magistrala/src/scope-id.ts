import { createHash } from 'node:crypto'

/**
 * The id of a PAT's scope: a UUID of version 5 (RFC 9562 §5.5) with the PAT as its namespace. It needs no table, and one
 * PAT's id names nothing of another's.
 */
export function scopeId(patId: string, name: string): string {
  const namespace = Buffer.from(patId.replaceAll('-', ''), 'hex')
  const bytes = createHash('sha1').update(namespace).update(name).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
