/** A handler, or a server at the other end of `fetch`. */
export type Answering = (request: Request) => Promise<Response>

/** As much of a browser as sign-in needs: cookies per host, redirects, and the header `Origin` of its own page. */
export interface Browser {
  readonly cookies: Map<string, string>
  get(url: string, headers?: Readonly<Record<string, string>>): Promise<Response>
  post(url: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>
  /** Sends a form. */
  submit(url: string, fields: Readonly<Record<string, string>>): Promise<Response>
  /** Follows redirects, across hosts. @returns the last answer and its address */
  visit(url: string): Promise<{ readonly response: Response; readonly url: string }>
}

const MOST_REDIRECTS = 20

/** @param answering answers requests to `origin`; others go out */
export function browser(origin: string, answering: Answering): Browser {
  const cookies = new Map<string, string>()

  async function send(request: Request): Promise<Response> {
    const host = new URL(request.url).host
    const own = [...cookies]
      .filter(([key]) => key.startsWith(`${host} `))
      .map(([key, value]) => `${key.split(' ')[1]}=${value}`)
    if (own.length > 0) request.headers.set('Cookie', own.join('; '))
    const response = await (new URL(request.url).origin === origin ? answering(request) : fetch(request))
    for (const line of response.headers.getSetCookie()) keep(host, line)
    return response
  }

  function keep(host: string, line: string): void {
    const [pair = '', ...attributes] = line.split(/; ?/)
    const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
    const isGone = value === '' || attributes.some((each) => /^max-age=0$/i.test(each))
    if (isGone) cookies.delete(`${host} ${name}`)
    else cookies.set(`${host} ${name}`, value)
  }

  const get: Browser['get'] = (url, headers = {}) => send(new Request(url, { headers, redirect: 'manual' }))
  return {
    cookies,
    get,
    post: (url, body, headers = {}) =>
      send(
        new Request(url, {
          method: 'POST',
          headers: { Origin: origin, 'Content-Type': 'application/json', ...headers },
          body: JSON.stringify(body),
          redirect: 'manual',
        }),
      ),
    submit: (url, fields) =>
      send(new Request(url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' })),
    async visit(url) {
      let at = url
      for (let count = 0; count < MOST_REDIRECTS; count++) {
        const response = await get(at)
        const location = response.headers.get('location')
        if (location === null) return { response, url: at }
        at = new URL(location, at).href
      }
      throw new Error(`more than ${MOST_REDIRECTS} redirects`)
    },
  }
}
