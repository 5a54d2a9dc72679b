/**
 * @param path before the names: `original.`
 * @throws TypeError naming the first option that does not exist
 */
export function refuseUnknownOptions(rest: object, path = ''): void {
  const [name] = Object.keys(rest)
  if (name !== undefined) throw wrongOption(path + name, 'is not an option')
}

export function wrongOption(name: string, problem: string): TypeError {
  return new TypeError(`patkit option "${name}" ${problem}`)
}
