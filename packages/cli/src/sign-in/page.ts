/** The page that people sign in on. Its script takes the code out of the address before anything else. */
export const SIGN_IN_HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in</title>
<link rel="stylesheet" href="/sign-in/style.css">
<script src="/sign-in/script.js"></script>
</head>
<body>
<main>
<h1>Sign in</h1>
<p id="message" role="status" aria-live="polite">Sign-in needs JavaScript.</p>
<p><button id="continue" type="button" hidden>Sign in with this link</button></p>
<p><a id="provider" href="/sign-in/oidc" hidden>Sign in</a></p>
</main>
</body>
</html>
`

export const SIGN_IN_CSS = `:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { margin: 0; display: grid; place-items: center; min-height: 100vh }
main { max-width: 26rem; padding: 2rem }
h1 { font-size: 1.5rem; margin: 0 0 1rem }
button, a#provider { font: inherit; display: inline-block; padding: .5rem 1rem; border: 1px solid; border-radius: .375rem;
  background: ButtonFace; color: ButtonText; text-decoration: none; cursor: pointer }
button[hidden], a#provider[hidden] { display: none }
:focus-visible { outline: 3px solid Highlight; outline-offset: 2px }
`

/**
 * Pages that a browser prerenders or opens in the background use nothing up: the code is exchanged once the page is
 * visible. A browser with a session asks first, so that no link of another person replaces it unnoticed.
 */
export const SIGN_IN_JS = `'use strict'
const code = new URLSearchParams(location.hash.slice(1)).get('code')
const to = new URLSearchParams(location.search).get('to')
if (location.hash !== '') history.replaceState(null, '', '/sign-in')

const element = (id) => document.getElementById(id)
const say = (text) => { element('message').textContent = text }

async function exchange() {
  say('Signing in …')
  element('continue').hidden = true
  try {
    const answer = await fetch('/sign-in/link', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ code, to }),
    })
    if (answer.ok) return location.replace((await answer.json()).location)
    if (answer.status !== 503) return say('This link was used before, or has ended. Ask an administrator for a new one.')
    say('The service is unavailable. Try again, or ask for a new link.')
  } catch {
    say('The server cannot be reached. Try again.')
  }
  offer()
}

function offer() {
  element('continue').hidden = false
  element('continue').focus()
}

function visible() {
  if (document.prerendering) return new Promise((resolve) => document.addEventListener('prerenderingchange', resolve, { once: true }))
  if (document.visibilityState === 'visible') return null
  return new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }))
}

async function start() {
  const { open_id_connect: provider, signed_in_as: person } = await (await fetch('/sign-in/state')).json()
  if (code !== null) {
    element('continue').addEventListener('click', exchange)
    if (person === null) {
      await visible()
      return exchange()
    }
    say('You are signed in as ' + person + '. Signing in with this link ends that session.')
    return offer()
  }
  if (provider !== null) {
    element('provider').hidden = false
    element('provider').textContent = provider.label
    if (to !== null) element('provider').href += '?to=' + encodeURIComponent(to)
  }
  if (person !== null) return say('You are signed in as ' + person + '.')
  say(provider === null ? 'Ask an administrator for a sign-in link.' : 'Choose how to sign in.')
}

addEventListener('DOMContentLoaded', () => start().catch(() => say('The server cannot be reached. Reload the page.')))
`

/** A page that says why a sign-in failed. @param text fixed words of this program, never input */
export function failureHtml(text: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign-in failed</title>
<link rel="stylesheet" href="/sign-in/style.css">
</head>
<body><main><h1>Sign-in failed</h1><p>${text}</p><p><a href="/sign-in">Sign in</a></p></main></body>
</html>
`
}
