import type { JSX, RefObject } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { type CsrfHeaders, createClient } from './api/client.ts'
import type { Caller } from './api/models.ts'
import { AuditScreen } from './audit/audit-screen.tsx'
import { type Console, ConsoleContext, type ConsoleEvent } from './console.ts'
import { CreateScreen } from './create/create-screen.tsx'
import { createEntityLabels } from './entities/entity-labels.ts'
import { useLoaded } from './loaded.ts'
import { Navigation } from './navigation.tsx'
import { LoadedView } from './parts/loading.tsx'
import { type OwnerId, type Place, placeOf } from './route.ts'
import { InventoryScreen } from './screens/inventory-screen.tsx'
import { PrincipalsScreen } from './screens/principals-screen.tsx'
import { TokensScreen } from './screens/tokens-screen.tsx'
import { english } from './text/english.ts'
import { type Catalogue, createTranslate } from './text/translate.ts'
import { TokenScreen } from './token/token-screen.tsx'

/** The settings of the element. */
export interface Settings {
  /** Where the API begins. */
  readonly api: string
  /** The principal whose tokens are shown; `null` for the caller. */
  readonly principal: OwnerId
  readonly language: string
  /** The texts of that language. */
  readonly texts: Catalogue
  /** Texts of the host. */
  readonly catalogue: Partial<Catalogue>
  readonly csrf: CsrfHeaders | null
  readonly example: Console['example']
  readonly signInUrl: string | null
  readonly choices: Console['choices']
  readonly principalKind: Console['principalKind']
  readonly entityScopes: Console['entityScopes']
  /** Whether places stand in the hash of the URL. Else they are in memory. */
  readonly hasHash: boolean
  readonly emit: (event: ConsoleEvent, tokenId: string) => void
}

/** Stands in for the caller until it is loaded. */
const NO_CALLER = { policy: {} } as Caller

export function App({ settings }: { settings: Settings }): JSX.Element {
  const { api, language, texts, catalogue, example, signInUrl, choices, principalKind, entityScopes, emit } = settings
  const csrf = useRef(settings.csrf)
  csrf.current = settings.csrf
  const client = useMemo(() => createClient(api, () => csrf.current), [api])
  const t = useMemo(() => createTranslate({ ...english, ...texts }, catalogue, language), [texts, catalogue, language])
  const { place, go, hrefOf, moves } = usePlace(settings.hasHash)
  const [said, setSaid] = useState('')
  const shell = useMemoryLinks(settings.hasHash, go)
  const caller = useLoaded((signal) => client.get<Caller>('/caller', {}, signal), [client])
  const entityLabels = useMemo(createEntityLabels, [client])
  const shared = {
    ...{ client, t, language, go, hrefOf, example, signInUrl, emit },
    ...{ choices, principalKind, entityScopes, entityLabels },
    apiUrl: new URL(api, location.href).href.replace(/\/$/, ''),
    announce: (text: string) => setSaid((present) => (present === text ? `${text}\u00a0` : text)),
  }
  return (
    <ConsoleContext.Provider value={{ ...shared, caller: caller.value ?? NO_CALLER }}>
      <div class="shell" lang={language} part="shell" ref={shell}>
        <LoadedView loaded={caller}>
          {() => (
            <>
              {settings.principal === null && <Navigation place={place} />}
              <Screen place={place} principal={settings.principal} moves={moves} />
            </>
          )}
        </LoadedView>
        <div class="visually-hidden" aria-live="assertive" aria-atomic="true" part="announcement">
          {said}
        </div>
      </div>
    </ConsoleContext.Provider>
  )
}

interface ScreenProps {
  readonly place: Place
  readonly principal: OwnerId
  /** How often the place has changed: the first screen leaves the focus to the page. */
  readonly moves: number
}

function Screen({ place, principal, moves }: ScreenProps): JSX.Element {
  const { params } = place
  const takesFocus = moves > 0
  const [first = 'tokens', ...rest] = place.segments
  const shared = { params, takesFocus }
  if (first === 'inventory') return <InventoryScreen {...shared} />
  if (first === 'principals') return <PrincipalsScreen {...shared} />
  if (first === 'audit') return <AuditScreen {...shared} />
  const isOf = first === 'of' && rest.length > 0
  const owner = principal ?? (isOf ? (rest[0] as string) : null)
  const [section = 'tokens', id] = isOf ? rest.slice(1) : [first, ...rest]
  if (section === 'new') return <CreateScreen key={`${owner} ${params}`} owner={owner} {...shared} />
  if (section === 'tokens' && id !== undefined)
    return <TokenScreen key={`${owner} ${id}`} {...{ owner, id, params, takesFocus }} />
  return <TokensScreen key={owner} owner={owner} {...shared} />
}

/** The present place, in the hash of the URL or in memory. */
function usePlace(hasHash: boolean) {
  const [hash, setHash] = useState(hasHash ? location.hash : '')
  const moves = useRef(0)
  useEffect(() => {
    if (!hasHash) return
    const moved = () => {
      moves.current += 1
      setHash(location.hash)
    }
    addEventListener('hashchange', moved)
    return () => removeEventListener('hashchange', moved)
  }, [hasHash])
  const go = (next: string, replaces = false) => {
    if (hasHash) {
      if (replaces) location.replace(next)
      else location.hash = next
      return
    }
    moves.current += 1
    setHash(next)
  }
  const place = useMemo(() => placeOf(hash), [hash])
  return { place, go, hrefOf: (next: string) => next, moves: moves.current }
}

/** Without a hash in the URL, links of the console lead to places in memory. */
function useMemoryLinks(hasHash: boolean, go: (hash: string) => void): RefObject<HTMLDivElement | null> {
  const shell = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const follow = (event: MouseEvent) => {
      const link = (event.target as Element).closest('a[href^="#/"]')
      if (link === null || event.ctrlKey || event.metaKey) return
      event.preventDefault()
      go(link.getAttribute('href') ?? '')
    }
    if (!hasHash) shell.current?.addEventListener('click', follow)
    return () => shell.current?.removeEventListener('click', follow)
  }, [hasHash])
  return shell
}
