import { createApp, h, ref } from 'vue'
import { entityScopes } from './entity-scopes.js'

// In a template: <patkit-tokens api="/api" :csrf="csrf" :catalogue="catalogue" :entityScopes.prop="entityScopes"
// columns="name description" @token-created="note" />
createApp({
  setup() {
    const events = ref([])
    const note = ({ type }) => events.value.push(type)
    const csrf = () => ({ 'X-CSRF-Token': 'from-vue' })
    const catalogue = { 'tokens.title': 'API access' }
    return () => [
      h('h1', 'Settings'),
      h('patkit-tokens', {
        api: '/api',
        routing: 'memory',
        csrf,
        catalogue,
        columns: 'name description',
        entityScopes,
        onTokenCreated: note,
        onTokenRotated: note,
        onTokenRevoked: note,
      }),
      h('output', events.value.join(' ')),
    ]
  },
}).mount('#app')
