import { usageError } from '../errors.ts'
import type { World } from '../world.ts'

/** Reads one object of the configuration, a member at a time: arguments before the environment before the file. */
export interface Reader {
  /** Whether the object is there. */
  readonly isGiven: boolean
  /** A member in messages: `patkit.json: serve.port`. */
  name(member: string): string
  /** A text; a number of the file as its digits. An empty variable is not given. */
  text(member: string, argument?: string, variable?: string): string | undefined
  /** A list of texts; in a variable they are separated by commas. */
  list(member: string, variable?: string): readonly string[] | undefined
  /** An object whose members are lists of texts. */
  lists(member: string): Readonly<Record<string, readonly string[]>> | undefined
  wholeNumber(member: string, least: number, most: number): number | undefined
  choice<T extends string | boolean>(member: string, choices: readonly T[]): T | undefined
  section(member: string, members: readonly string[]): Reader
}

/** @throws CliError for a value that is no object, and for an unknown member */
export function sectionReader(name: string, value: unknown, members: readonly string[], env: World['env']): Reader {
  const isObject = Object.prototype.toString.call(value) === '[object Object]'
  if (value !== undefined && !isObject) throw usageError(name, 'must be an object')
  const section = (value ?? {}) as Readonly<Record<string, unknown>>
  const unknown = Object.keys(section).find((member) => !members.includes(member))
  if (unknown !== undefined) throw usageError(name, unknownMember(unknown))
  const nameOf = (member: string) => `${name}.${member}`
  const given = (variable: string | undefined) => (variable === undefined ? undefined : env[variable] || undefined)

  return {
    isGiven: value !== undefined,
    name: nameOf,
    text(member, argument, variable) {
      const found = argument ?? given(variable) ?? section[member]
      if (found === undefined) return undefined
      if (typeof found === 'number') return String(found)
      if (typeof found !== 'string' || found === '') throw usageError(nameOf(member), 'must be a text')
      return found
    },
    list(member, variable) {
      const text = given(variable)
      const found = text === undefined ? section[member] : text.split(',').map((each) => each.trim())
      if (found === undefined) return undefined
      if (!isTexts(found)) throw usageError(nameOf(member), 'must be a list of texts')
      return found
    },
    lists(member) {
      const found = section[member]
      if (found === undefined) return undefined
      const isLists = Object.prototype.toString.call(found) === '[object Object]'
      const wrong = isLists ? Object.entries(found as object).find(([, list]) => !isTexts(list)) : ['']
      if (wrong !== undefined) throw usageError(nameOf(member), 'must be an object of lists of texts')
      return found as Readonly<Record<string, readonly string[]>>
    },
    wholeNumber(member, least, most) {
      const found = section[member]
      if (found === undefined) return undefined
      if (Number.isSafeInteger(found) && Number(found) >= least && Number(found) <= most) return Number(found)
      throw usageError(nameOf(member), `must be a whole number from ${least} to ${most}`)
    },
    choice(member, choices) {
      const found = section[member]
      const known = choices.find((each) => each === found)
      if (found !== undefined && known === undefined) {
        throw usageError(nameOf(member), `must be one of ${choices.join(', ')}`)
      }
      return known
    },
    section: (member, inner) => sectionReader(nameOf(member), section[member], inner, env),
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== '')
}

/** Secrets are in the environment alone, as those of the other settings are. */
function unknownMember(member: string): string {
  if (member === 'clientSecret') return 'must not hold a clientSecret: put it into PATKIT_OIDC_CLIENT_SECRET'
  return `has a member ${JSON.stringify(member)}, which does not exist`
}
