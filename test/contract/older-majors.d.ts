/** The older majors carry no types of their own; what the contract uses of them is the same in both. */
declare module 'express4' {
  export { default } from 'express'
}

declare module 'koa2' {
  export { default } from 'koa'
}
