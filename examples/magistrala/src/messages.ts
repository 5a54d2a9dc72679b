import { Hono } from 'hono'
import { requireChannel } from './segments.ts'

/** The number of messages of a channel that a late subscriber still gets. */
const RETAINED = 10
const CHANNEL_MESSAGES = '/:domain/channels/:entity/messages'

/** Messages of channels, in memory. */
export function messages(): Hono {
  const retained = new Map<string, readonly string[]>()
  const app = new Hono()
  const channelOf = ({ domain, entity }: Readonly<Record<string, string>>) => JSON.stringify([domain, entity])
  app.post(CHANNEL_MESSAGES, requireChannel('publish'), async (c) => {
    const channel = channelOf(c.req.param())
    const earlier = retained.get(channel) ?? []
    retained.set(channel, [...earlier, await c.req.text()].slice(-RETAINED))
    return c.body(null, 202)
  })
  app.get(CHANNEL_MESSAGES, requireChannel('subscribe'), (c) =>
    c.json({ messages: retained.get(channelOf(c.req.param())) ?? [] }),
  )
  return app
}
