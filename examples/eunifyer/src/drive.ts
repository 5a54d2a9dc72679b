import { requireScope, requireUser } from '@patkit/express'
import express, { type Router } from 'express'

const FILES = ['plan.txt', 'photo.jpg']

/** Files belong to people: a token without an acting user has none. */
export function drive(): Router {
  const written = new Map<string | null, string[]>()
  const asUser = requireUser('Drive requires user-delegated access')
  const router = express.Router()
  router.get('/browse', requireScope('drive:read'), asUser, ({ pat: { userId } }, res) => {
    const names = [...FILES, ...(written.get(userId) ?? [])]
    res.json({ user_id: userId, items: names.map((name) => ({ name })) })
  })
  router.post('/files', requireScope('drive:write'), asUser, ({ pat: { userId } }, res) => {
    const files = written.get(userId) ?? []
    const name = `untitled-${files.length + 1}.txt`
    written.set(userId, [...files, name])
    res.status(201).json({ name })
  })
  return router
}
