declare module '@patkit/core' {
  interface Register {
    optional: true
  }
}

export {}
