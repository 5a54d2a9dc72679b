import './page.css'
import { defineTokens } from './element.tsx'

/** What the server says about the page. */
interface PageConfig {
  readonly api: string
  readonly title: string | null
  readonly language: string | null
  readonly exampleVariable: string | null
  readonly exampleUrl: string | null
  readonly signInUrl: string | null
  readonly signOutUrl: string | null
}

const ATTRIBUTES = {
  api: 'api',
  'example-variable': 'exampleVariable',
  'example-url': 'exampleUrl',
  'sign-in-url': 'signInUrl',
} as const satisfies Record<string, keyof PageConfig>

async function start(): Promise<void> {
  defineTokens()
  const response = await fetch('config.json', { credentials: 'same-origin' })
  if (!response.ok) throw new Error(`config.json: ${response.status}`)
  const config: PageConfig = await response.json()
  if (config.title !== null) document.title = config.title
  document.documentElement.lang = config.language ?? navigator.language
  const element = document.createElement('patkit-tokens')
  for (const [attribute, name] of Object.entries(ATTRIBUTES)) {
    const value = config[name]
    if (value !== null) element.setAttribute(attribute, value)
  }
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
    if (response.ok) location.reload()
  })
  document.querySelector('header')?.append(button)
}

start().catch(() => {
  document.querySelector('main')?.replaceChildren('The console cannot be loaded. Reload the page.')
})
