import { mount } from 'svelte'
import Settings from './settings.svelte'

mount(Settings, { target: document.getElementById('app') })
