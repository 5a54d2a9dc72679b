import { createSecretKey } from 'node:crypto'
import type { Request, Response } from 'express'
import { expressjwt } from 'express-jwt'
import { auth } from 'express-oauth2-jwt-bearer'
import { jwtVerify } from 'jose'
import jwt from 'jsonwebtoken'
import type { Context } from 'koa'
import koaJwt from 'koa-jwt'
import type { Peer } from './peer.ts'

const TOKENS = 1_000
const ISSUER = 'https://issuer.example.com/'
const AUDIENCE = 'https://api.example.com'
const SECRET = 'a secret of the bench, 32 bytes and more'
const ALGORITHM = 'HS256'

/** Libraries that make a key of a string do so for every request, so that they get a key object. */
const key = createSecretKey(Buffer.from(SECRET))

export function signedTokenPeers(): Peer[] {
  const tokens = { values: signed(SECRET), unknownValues: signed(`another ${SECRET}`) }
  return [jsonwebtoken, jose, koa, express, oauth2].map((peer) => ({ ...peer(), ...tokens }))
}

function signed(secret: string): string[] {
  return Array.from({ length: TOKENS }, (_, index) => {
    const claims = { sub: `user_${index}`, scope: 'drive:read drive:write' }
    const options = { expiresIn: '1d', issuer: ISSUER, audience: AUDIENCE } as const
    return `Bearer ${jwt.sign(claims, secret, options)}`
  })
}

type SignedPeer = Omit<Peer, 'values' | 'unknownValues'>

function jsonwebtoken(): SignedPeer {
  return {
    name: 'jsonwebtoken HS256',
    packages: ['jsonwebtoken'],
    configuration: "verify(token, keyObject, { algorithms: ['HS256'] })",
    present: (value) => jwt.verify(tokenOf(value), key, { algorithms: [ALGORITHM] }),
    isAllowed: () => true,
  }
}

function jose(): SignedPeer {
  return {
    name: 'jose HS256',
    packages: ['jose'],
    configuration: "jwtVerify(token, keyObject, { algorithms: ['HS256'] })",
    present: (value) => jwtVerify(tokenOf(value), key, { algorithms: [ALGORITHM] }),
    isAllowed: () => true,
  }
}

function koa(): SignedPeer {
  // jsonwebtoken takes key objects, which the types of koa-jwt leave out.
  const middleware = koaJwt({ secret: key as unknown as string, algorithms: [ALGORITHM] })
  const next = async () => {}
  const refuse = (status: number) => {
    throw new Error(`answered ${status}`)
  }
  return {
    name: 'koa-jwt HS256',
    packages: ['koa-jwt'],
    configuration: "koaJwt({ secret: keyObject, algorithms: ['HS256'] })",
    present: (authorization) =>
      middleware({ header: { authorization }, state: {}, throw: refuse } as unknown as Context, next),
    isAllowed: () => true,
  }
}

function express(): SignedPeer {
  const middleware = expressjwt({ secret: key, algorithms: [ALGORITHM] })
  return {
    name: 'express-jwt HS256',
    packages: ['express-jwt'],
    configuration: "expressjwt({ secret: keyObject, algorithms: ['HS256'] })",
    // It calls `next` in a later turn of the event loop.
    present: (authorization) =>
      new Promise((next) => void middleware({ headers: { authorization } } as Request, {} as Response, next)),
    isAllowed: (error) => error === undefined,
  }
}

function oauth2(): SignedPeer {
  const middleware = auth({ issuer: ISSUER, audience: AUDIENCE, secret: SECRET, tokenSigningAlg: ALGORITHM })
  const host = (name: string) => (name === 'Host' ? 'api.example.com' : undefined)
  const request = { method: 'GET', originalUrl: '/files', protocol: 'https', query: {}, is: () => false, get: host }
  return {
    name: 'express-oauth2-jwt-bearer HS256',
    packages: ['express-oauth2-jwt-bearer'],
    configuration: "auth({ issuer, audience, secret, tokenSigningAlg: 'HS256' })",
    present: (authorization) =>
      new Promise((next) =>
        middleware({ ...request, headers: { authorization } } as unknown as Request, {} as Response, next),
      ),
    isAllowed: (error) => error === undefined,
  }
}

function tokenOf(value: string): string {
  return value.slice('Bearer '.length)
}
