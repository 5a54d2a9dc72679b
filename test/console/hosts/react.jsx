import { useRef, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { entityScopes } from './entity-scopes.js'

// React 19 sets properties of custom elements, and `on…` attributes listen to their events.
function Settings() {
  const [events, setEvents] = useState([])
  const csrf = useRef(() => ({ 'X-CSRF-Token': 'from-react' }))
  const note = ({ type }) => setEvents((earlier) => [...earlier, type])
  return (
    <>
      <h1>Settings</h1>
      <patkit-tokens
        api="/api"
        routing="memory"
        csrf={csrf.current}
        catalogue={{ 'tokens.title': 'API access' }}
        columns="name description"
        entityScopes={entityScopes}
        ontoken-created={note}
        ontoken-rotated={note}
        ontoken-revoked={note}
      />
      <output>{events.join(' ')}</output>
    </>
  )
}

createRoot(document.getElementById('app')).render(<Settings />)
