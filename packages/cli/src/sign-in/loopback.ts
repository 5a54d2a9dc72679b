/** The names of this machine in URLs. */
export const LOOPBACK: readonly string[] = ['localhost', '127.0.0.1', '[::1]']

export function isLoopback(hostname: string): boolean {
  return LOOPBACK.includes(hostname)
}
