import type { World } from '../world.ts'
import type { Printer } from './printer.ts'

/** One line at stderr that says how far a command is. */
export interface Progress {
  tell(text: string): void
  end(): void
}

const SILENT: Progress = { tell: () => {}, end: () => {} }

/** Only a terminal can take a line back, and only people look at it. */
export async function createProgress({ stderr, isTty }: World, { json }: Printer, text: string): Promise<Progress> {
  if (json || !isTty.stderr) return SILENT
  const { default: ora } = await import('ora')
  // Ctrl-C must work: the spinner would keep keys from the terminal.
  const spinner = ora({ text, stream: stderr as NodeJS.WriteStream, discardStdin: false, isEnabled: true }).start()
  return {
    tell(next) {
      spinner.text = next
    },
    end() {
      spinner.stop()
    },
  }
}
