export interface SecretLine {
  readonly name: string
  readonly shown: string
  readonly copied: string
  readonly hasSecret: boolean
}

/** Lines for programs. Only that of the `.env` file holds the secret. */
export function secretLines(
  example: { readonly variable: string; readonly url: string },
  secret: string,
): SecretLine[] {
  const { variable, url } = example
  const bearer = `Bearer \${process.env.${variable}}`
  const lines = [
    ['curl', `curl -H "Authorization: Bearer $${variable}" ${url}`],
    ['fetch', `await fetch('${url}', { headers: { Authorization: \`${bearer}\` } })`],
    ['httpx', `httpx.get("${url}", headers={"Authorization": f"Bearer {os.environ['${variable}']}"})`],
  ] as const
  return [
    { name: '.env', shown: `${variable}=${secret}`, copied: `${variable}=${secret}\n`, hasSecret: true },
    ...lines.map(([name, line]) => ({ name, shown: line, copied: line, hasSecret: false })),
  ]
}
