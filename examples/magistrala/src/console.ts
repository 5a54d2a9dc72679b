import type { EntityPage, EntitySource, ExampleConsole } from '@patkit/example-program'
import type { TokenService } from '@patkit/tokens'
import { type EntityList, keepEntity } from './entities.ts'
import { DOMAIN, domainsOf, isMember, USER } from './people.ts'
import { ANY, ENTITY_TYPES, OPERATIONS } from './scope.ts'
import { CHANNEL } from './seed.ts'

const DOMAINS_PATH = '/console-choices/domains'
const ENTITIES_PATH = '/console-choices/entities'
const PAGE = 20

/** The document's pages, in its words. */
export function magistralaConsole(tokens: TokenService, entities: EntityList): ExampleConsole {
  seedEntities(entities)
  return {
    tokens,
    person: USER,
    look: {
      title: 'Magistrala',
      language: 'en',
      columns: ['name', 'description', 'status', 'created', 'ends', 'lastUsed', 'actions'],
      // A status filter of the document's and the interface's states, and the row actions of the document.
      statuses: ['active', 'expired', 'revoked'],
      actions: ['view', 'delete'],
      catalogue: WORDS,
      entityScopes: {
        parts: [
          { name: 'domain', label: 'Domain', source: DOMAINS_PATH, all: 'All domains' },
          { name: 'type', label: 'Entity type', values: ENTITY_TYPES.map((value) => ({ value, label: words(value) })) },
          { name: 'entity', label: 'Entity', source: ENTITIES_PATH, all: 'All entities', several: true },
          {
            ...{ name: 'operation', label: 'Operation', several: true },
            values: OPERATIONS.map((value) => ({ value, label: words(value) })),
          },
        ],
        sentence: '{operation} · {type} · {entity} · {domain}',
      },
    },
    sources: { [DOMAINS_PATH]: domainChoices, [ENTITIES_PATH]: entityChoices(entities) },
  }
}

const WORDS = {
  'tokens.title': 'Personal Access Tokens',
  'tokens.intro': 'PATs are an alternative to bearer tokens. Each is limited to operations on entities.',
  'tokens.new': '+ Create PAT',
  'tokens.emptyTitle': 'No PATs yet',
  'tokens.emptyText':
    'Create a PAT for a script, a job or a tool. It is limited to the scopes and the duration that you choose.',
  'tokens.emptyFirst': '+ Create PAT',
  'tokens.noMatch': 'No PAT matches these filters.',
  'tokens.count': { one: '{count} PAT', other: '{count} PATs' },
  'tokens.deleteAll': 'Delete All',
  'tokens.ends': 'Expires',
  'token.ends': 'Expires',
  'nav.tokens': 'Personal Access Tokens',
  'nav.everyone': 'All PATs',
  'nav.back': 'Back to the PATs',
  'inventory.title': 'All PATs',
  'inventory.every': 'Active PATs',
  'audit.token': 'PAT id',
  'audit.tokenName': 'PAT',
  'create.title': 'Create PAT',
  'create.submit': 'Create PAT',
  'create.lifetime': 'Duration',
  'secret.title': 'Copy the secret of the PAT “{name}” now',
  'secret.warning': 'The secret is displayed once. It is not shown again once the page is reloaded.',
  'scopes.add': 'Add Scope',
  'scopes.addSubmit': 'Add Scope',
  'scopes.clear': 'Delete All',
  'scopes.clearText': 'All scopes of the PAT are deleted, effective at the next request.',
  'scopes.remove': 'Delete {scope}',
  'end.title': 'Revoke, regenerate or delete this PAT',
  'end.revokeTitle': 'Revoke the PAT “{name}”?',
  'end.revokeText': 'The PAT becomes inactive. It can be regenerated later.',
  'end.deleteTitle': 'Delete the PAT “{name}”?',
  'end.deleteAllTitle': { one: 'Delete {count} PAT?', other: 'Delete all {count} PATs?' },
  'end.regenerateTitle': 'Regenerate the PAT “{name}”?',
  'end.regenerateText': 'Select a new duration. The secret is new; name, description and scopes stay.',
}

/** `device_types` as `Device types`. */
function words(name: string): string {
  const text = name.replaceAll('_', ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

const domainChoices: EntitySource = (query, { principalId }) =>
  pageOf(
    domainsOf(principalId).map(([id, label]) => ({ id, label })),
    query,
  )

/** Entities of the chosen type, in the domains of the person. */
function entityChoices(entities: EntityList): EntitySource {
  return (query, { principalId }) => {
    const [domain, type] = [query.get('domain'), query.get('type')]
    const found = [...entities.values()].filter(
      ({ domain_id, entity_type }) =>
        (domain === ANY || domain === domain_id) && type === entity_type && isMember(domain_id, principalId),
    )
    return pageOf(
      found.map(({ id, name }) => ({ id, label: name ?? id })),
      query,
    )
  }
}

/** The entities with the asked ids, or a page of those that match a search. */
function pageOf(items: EntityPage['items'], query: URLSearchParams): EntityPage {
  const ids = query.get('ids')?.split(',')
  if (ids !== undefined) return { items: items.filter(({ id }) => ids.includes(id)), more: false }
  const search = (query.get('search') ?? '').toLowerCase()
  const page = Math.max(1, Number.parseInt(query.get('page') ?? '', 10) || 1)
  const found = items.filter(({ id, label }) => `${label} ${id}`.toLowerCase().includes(search))
  return { items: found.slice((page - 1) * PAGE, page * PAGE), more: found.length > page * PAGE }
}

function seedEntities(entities: EntityList): void {
  const keep = (entity_type: string, id: string, name: string) =>
    keepEntity(entities, { id, domain_id: DOMAIN, entity_type, name, shared_with: [] })
  keep('channels', CHANNEL, 'Roof temperature')
  keep('channels', 'b17f0c53-0f2e-4e0d-8a36-5d7c7d1f1a02', 'Soil moisture')
  keep('clients', '5d2a4b0e-6a6b-4c5e-9a5c-1e0a6f0b7c03', 'Roof sensor')
  keep('clients', '0a9c8f6d-1d1e-4d57-8a7e-3f5b2f4e9d04', 'Gateway')
}
