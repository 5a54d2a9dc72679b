import { type ReverseProxy, startReverseProxy } from './reverse-proxy.ts'

/** Said when the addresses have been bound. */
const READY = /serving initial configuration/

/** Caddy with the sites of a Caddyfile, on loopback and without its own API, which has a fixed port. */
export function startCaddy(daemon: string, sites: string): Promise<ReverseProxy> {
  return startReverseProxy({
    ...{ name: 'Caddy', command: daemon, ready: READY },
    configuration: () => `{\n\tadmin off\n\tdefault_bind 127.0.0.1\n}\n${sites}`,
    args: (file) => ['run', '--config', file, '--adapter', 'caddyfile'],
    env: (folder) => ({ HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder }),
  })
}
