import type { EntityScopes } from '../../src/page-config.ts'
import type { Query } from '../api/client.ts'
import { ALL, isEntityScope, type Labels } from './entity-scope.ts'
import { type Choices, isEntityId, readChoices } from './source.ts'

/** The labels of entities that sources have answered with, for as long as the view lives. */
export interface EntityLabels extends Labels {
  /** Keeps the labels of choices behind these segments. */
  readonly keep: (place: readonly string[], items: Choices['items']) => void
  /** Asks the sources for the labels of entities in these scopes that are not known yet. */
  readonly ask: (entityScopes: EntityScopes, scopes: readonly string[]) => void
  /** Calls back after each answer. @returns what ends that */
  readonly listen: (callback: () => void) => () => void
}

/** Ids of one source behind the same segments. */
interface Question {
  readonly source: string
  readonly place: readonly string[]
  readonly query: Query
  readonly ids: string[]
}

/** So that the address stays below the limits of proxies. */
const MOST_IDS = 25
const MOST_REQUESTS = 4

export function createEntityLabels(): EntityLabels {
  const labels = new Map<string, string>()
  /** `again`: a view has asked while the source was answering another one. */
  const asked = new Map<string, 'waiting' | 'answering' | 'again'>()
  const listeners = new Set<() => void>()
  const waiting = new Map<string, Question>()
  let running = 0

  function keep(place: readonly string[], items: Choices['items']): void {
    for (const { id, label } of items) labels.set([...place, id].join(':'), label)
  }

  function note({ source, place, query, ids }: Question): void {
    const key = JSON.stringify([source, place])
    const question = waiting.get(key) ?? { source, place, query, ids: [] }
    question.ids.push(...ids)
    waiting.set(key, question)
  }

  function ask(entityScopes: EntityScopes, scopes: readonly string[]): void {
    for (const scope of scopes) {
      for (const question of isEntityScope(entityScopes, scope) ? questionsOf(entityScopes, scope) : []) {
        const key = [...question.place, ...question.ids].join(':')
        if (labels.has(key)) continue
        const state = asked.get(key)
        if (state === 'answering') asked.set(key, 'again')
        if (state !== undefined) continue
        asked.set(key, 'waiting')
        note(question)
      }
    }
    // All rows of a table ask in the same task.
    queueMicrotask(run)
  }

  function run(): void {
    for (const [key, question] of waiting) {
      if (running >= MOST_REQUESTS) return
      const ids = question.ids.splice(0, MOST_IDS)
      if (question.ids.length === 0) waiting.delete(key)
      running += 1
      void answer({ ...question, ids })
    }
  }

  /** Without an answer, ids stay as they are, and the next screen asks again. */
  async function answer(question: Question): Promise<void> {
    const { source, place, query, ids } = question
    const keyOf = (id: string) => [...place, id].join(':')
    for (const id of ids) asked.set(keyOf(id), 'answering')
    try {
      keep(place, (await readChoices(source, { ...query, ids: ids.join(',') })).items)
    } catch {
      const again = ids.filter((id) => asked.get(keyOf(id)) === 'again')
      for (const id of ids) asked.delete(keyOf(id))
      for (const id of again) asked.set(keyOf(id), 'waiting')
      if (again.length > 0) note({ ...question, ids: again })
    }
    running -= 1
    for (const callback of listeners) callback()
    run()
  }

  return {
    keep,
    ask,
    get: (key) => labels.get(key),
    listen(callback) {
      listeners.add(callback)
      return () => listeners.delete(callback)
    },
  }
}

/** One for each entity of a scope. */
function questionsOf({ parts }: EntityScopes, scope: string): readonly Question[] {
  const segments = scope.split(':')
  return parts.flatMap(({ source }, index) => {
    const id = segments[index] as string
    if (source === undefined || id === ALL || !isEntityId(id)) return []
    const place = segments.slice(0, index)
    const query = Object.fromEntries(place.map((segment, at) => [parts[at]?.name, segment]))
    return [{ source, place, query, ids: [id] }]
  })
}
