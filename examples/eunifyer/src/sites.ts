import { requireScope, requireUser } from '@patkit/express'
import express, { type Router } from 'express'

export function sites(): Router {
  const router = express.Router()
  const asUser = requireUser('Sites requires user-delegated access')
  router.get('/', requireScope('sites:read'), asUser, ({ pat: { userId } }, res) => {
    res.json({ user_id: userId, items: [{ name: 'intranet' }] })
  })
  return router
}
