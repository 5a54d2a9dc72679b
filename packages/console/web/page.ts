import './page.css'
import { CHOICES, type ChoiceName, type PageConfig } from '../src/page-config.ts'
import { defineTokens, type PatkitTokens } from './element.tsx'
import type { Catalogue } from './text/translate.ts'

const ATTRIBUTES = {
  api: 'api',
  'example-variable': 'exampleVariable',
  'example-url': 'exampleUrl',
  'sign-in-url': 'signInUrl',
  'principal-kind': 'principalKind',
} as const satisfies Record<string, keyof PageConfig>

async function start(): Promise<void> {
  defineTokens()
  const response = await fetch('config.json', { credentials: 'same-origin' })
  if (!response.ok) throw new Error(`config.json: ${response.status}`)
  const config: PageConfig = await response.json()
  if (config.title !== null) document.title = config.title
  document.documentElement.lang = config.language ?? navigator.language
  const element = document.createElement('patkit-tokens') as PatkitTokens
  for (const [attribute, name] of Object.entries(ATTRIBUTES)) {
    const value = config[name]
    if (value !== null) element.setAttribute(attribute, value)
  }
  for (const name of Object.keys(CHOICES) as ChoiceName[]) {
    const names = config[name]
    if (names !== null) element.setAttribute(name, names.join(' '))
  }
  element.catalogue = config.catalogue as Partial<Catalogue> | null
  element.entityScopes = config.entityScopes
  if (config.title !== null) document.querySelector('header p')?.replaceChildren(config.title)
  if (config.signOutUrl !== null) addSignOut(config.signOutUrl)
  document.querySelector('main')?.replaceChildren(element)
}

/** Sign-out is a POST: a link could be followed by a prefetch. */
function addSignOut(url: string): void {
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = document.documentElement.lang.startsWith('de') ? 'Abmelden' : 'Sign out'
  button.addEventListener('click', async () => {
    const response = await fetch(url, { method: 'POST', credentials: 'same-origin' })
    if (!response.ok) return
    const next = await locationOf(response)
    if (next === null) location.reload()
    else location.replace(next)
  })
  document.querySelector('header')?.append(button)
}

/** The `location` of a JSON answer: a session at an OpenID provider ends on a page of the provider. */
async function locationOf(response: Response): Promise<string | null> {
  const { location: next } = Object(await response.json().catch(() => null)) as { readonly location?: unknown }
  if (typeof next !== 'string' || !URL.canParse(next, location.href)) return null
  return /^https?:$/.test(new URL(next, location.href).protocol) ? next : null
}

start().catch(() => {
  document.querySelector('main')?.replaceChildren('The console cannot be loaded. Reload the page.')
})
