import { join } from 'node:path'
import { type ReverseProxy, startReverseProxy } from './reverse-proxy.ts'

const MODULES = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
/** Said when the addresses have been bound. */
const READY = /using the "\w+" event method/

/** nginx with the content of `http {}`. */
export function startNginx(daemon: string, http: string): Promise<ReverseProxy> {
  return startReverseProxy({
    ...{ name: 'nginx', command: daemon, ready: READY },
    configuration: (folder) => configuration(folder, http),
    args: (file, folder) => ['-c', file, '-p', folder, '-e', 'stderr'],
  })
}

function configuration(folder: string, http: string): string {
  const scratch = MODULES.map((name) => `${name}_temp_path "${join(folder, name)}";`)
  return `daemon off; master_process off; pid "${join(folder, 'pid')}"; error_log stderr notice;
events {}
http {
  access_log off;
  ${scratch.join('\n  ')}
  ${http}
}`
}
