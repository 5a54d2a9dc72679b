/** What a script or a provider does with its configuration: the token from the environment, the endpoint from an argument. */
const [endpoint = ''] = process.argv.slice(2)
const headers = { authorization: `Bearer ${process.env.JUSTIAM_TOKEN}` }
const response = await fetch(`${endpoint}/api/v1/users`, { headers })
console.log(response.status, await response.text())
