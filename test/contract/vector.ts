import { readdirSync, readFileSync } from 'node:fs'

/** One statement of the adapter contract: a request to an API, and its complete result. */
export interface Vector {
  readonly name: string
  /** The rule it stands for: a row of the threat table, a section of an RFC or of the design. */
  readonly rule: string
  /** The formats the verifier accepts, in order. Default: the prefixed one. */
  readonly formats?: readonly FormatName[]
  /** Verifier options that JSON can say. */
  readonly options?: Readonly<Record<string, unknown>>
  readonly optional?: boolean
  /** `shared`: every `patAuth` of the API is given the same verifier. Default: options. */
  readonly verifier?: 'shared'
  /** The result of the `peer` hook; without it the socket decides. */
  readonly peer?: string | null
  readonly onDeny?: OnDenyBehaviour
  /** How the audit callback fails after it has received an event. */
  readonly auditFails?: 'throws' | 'rejects'
  /** Members of the record behind the token that are not the usual ones. */
  readonly record?: Readonly<Record<string, unknown>>
  /** What the resolver does at its first, second, … call; the last one repeats. Default: finds the record. */
  readonly resolver?: readonly ResolverBehaviour[]
  /** Sent one after another. */
  readonly requests: readonly VectorRequest[]
  readonly expect: Expectation
}

export type FormatName =
  | 'prefixed'
  | 'peppered'
  | 'peppered-or-plain'
  | 'imported'
  | 'imported-half'
  | 'failing'
  | 'self-contained'
export type OnDenyBehaviour = 'answers' | 'throws' | 'rejects'
export type ResolverBehaviour =
  | 'finds'
  | 'null'
  | 'undefined'
  | 'throws'
  | 'rejects'
  | 'hangs'
  | { readonly returns: unknown }

export interface VectorRequest {
  /** Default `GET`. */
  readonly method?: string
  /** Default `/whoami`. */
  readonly path?: string
  /** Header lines as they go over the wire, one character a byte. Default: one `Authorization` line with the token. */
  readonly lines?: readonly string[]
  readonly body?: string
  /** The time of this and later requests, RFC 3339. `invalid` is a clock that gives no number. */
  readonly at?: string
  /** What the `peer` hook says from this request on. */
  readonly peer?: string | null
  /** The name of a shared answer, or one of this vector's own. */
  readonly answer: string | Answer
}

export interface Answer {
  readonly status: number
  /** Every one of patkit's headers that the answer has; the others must not be there. */
  readonly headers?: Readonly<Record<string, string>>
  /** Compared byte by byte with its JSON text; left out, the body is empty. */
  readonly body?: unknown
  /** The answer of another program, of which only the status is compared. */
  readonly answeredBy?: 'node' | 'framework'
}

export interface Expectation {
  readonly handlerCalls: number
  readonly resolverCalls: number
  /** Every event, in order; of each, the members that are named. */
  readonly audit: readonly Readonly<Record<string, unknown>>[]
  /** Codes that are passed to `onError`. Default: none. */
  readonly faults?: readonly string[]
  /** Codes of errors that reach the framework's error handling. Default: none. */
  readonly thrown?: readonly string[]
}

const FOLDER = new URL('./vectors/', import.meta.url)
const ANSWERS = JSON.parse(readFileSync(new URL('./answers.json', import.meta.url), 'utf8')) as Record<string, Answer>

const VECTOR_KEYS =
  'name rule formats options optional verifier peer onDeny auditFails record resolver requests expect'.split(' ')
const REQUEST_KEYS = 'method path lines body at peer answer'.split(' ')
const EXPECTATION_KEYS = 'handlerCalls resolverCalls audit faults thrown'.split(' ')

/** All vectors, by the name of the file they stand in. */
export const VECTORS_BY_TOPIC: ReadonlyMap<string, readonly Vector[]> = new Map(
  readdirSync(FOLDER)
    .toSorted()
    .map((file) => [file.replace('.json', ''), readVectors(file)]),
)

const VECTORS_BY_NAME = new Map<string, Vector>()
for (const vector of [...VECTORS_BY_TOPIC.values()].flat()) {
  if (VECTORS_BY_NAME.has(vector.name)) throw new Error(`two vectors are called "${vector.name}"`)
  VECTORS_BY_NAME.set(vector.name, vector)
}

/** @throws Error if the vector does not exist */
export function vectorNamed(name: string): Vector {
  const found = VECTORS_BY_NAME.get(name)
  if (found === undefined) throw new Error(`unknown vector "${name}"`)
  return found
}

/** @throws Error when a vector names an answer that does not exist */
export function answerOf({ answer }: VectorRequest): Answer {
  if (typeof answer !== 'string') return answer
  const named = ANSWERS[answer]
  if (named === undefined) throw new Error(`unknown answer "${answer}"`)
  return named
}

/** An unknown member is a mistake, and refused. */
function readVectors(file: string): readonly Vector[] {
  const vectors = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as readonly Vector[]
  for (const vector of vectors) {
    refuseOtherKeys(vector, VECTOR_KEYS, vector.name)
    refuseOtherKeys(vector.expect, EXPECTATION_KEYS, vector.name)
    for (const request of vector.requests) {
      refuseOtherKeys(request, REQUEST_KEYS, vector.name)
      answerOf(request)
    }
  }
  return vectors
}

function refuseOtherKeys(value: object, known: readonly string[], name: string): void {
  const stray = Object.keys(value).find((key) => !known.includes(key))
  if (stray !== undefined) throw new Error(`vector "${name}" has an unknown member "${stray}"`)
}
