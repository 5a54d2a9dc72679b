import { instantText } from '../options/values.ts'
import { withSink } from '../output/sink.ts'
import type { IssuedLink } from '../sign-in/links.ts'
import type { World } from '../world.ts'

/** Where the link for the first administrator went: to the terminal, or into a file. */
export type FirstLink =
  | { readonly kind: 'terminal'; readonly url: string; readonly endsAt: Date }
  | { readonly kind: 'file'; readonly file: string; readonly endsAt: Date }

/**
 * A reader of the link can become an administrator, so it goes to a terminal, or into a file that its owner alone can
 * read. Standard output that is no terminal may be a journal, and gets the name of the file.
 *
 * @throws CliError `ERR_PAT_FILE`
 */
export async function deliverFirstLink({ url, endsAt }: IssuedLink, file: string, world: World): Promise<FirstLink> {
  if (world.isTty.stdout) return { kind: 'terminal', url, endsAt }
  await withSink(world, file, true, (sink) => sink.write(`${url}\n`))
  return { kind: 'file', file, endsAt }
}

export function firstLinkText(link: FirstLink): string {
  const until = `works once, until ${instantText(link.endsAt)}`
  if (link.kind === 'terminal') return `Become the first administrator (${until}):\n  ${link.url}`
  return `The link for the first administrator (${until}) is in the file ${link.file}`
}
