import { createHash } from 'node:crypto'
import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const RUN = 'patkit-run-'
/** A process id says nothing on another machine that has the same folder. */
const MACHINE = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)
/** Whose a folder is. `mkdtemp` adds six characters. */
const OWNER = `${MACHINE}-${process.pid}-`
const OWNED = /^(?<machine>[0-9a-f]{8})-(?<pid>\d+)-\w{6}$/
/** Configurations of servers take no spaces. */
const PLAIN_PATH = /^[\w./-]+$/
/** Paths of sockets have some 100 bytes at most: so many are left for folders of tests, and for the folder of a run. */
const LONGEST = 70
const LONGEST_FOR_RUN = 35

/**
 * Gives a run a folder for all of its temporary files, in which programs that it starts put theirs as well, and ends
 * what runs left behind that were killed: their programs first.
 *
 * @returns removes the folder
 */
export async function openRunFolder(): Promise<() => Promise<void>> {
  const base = temporaryBase(LONGEST_FOR_RUN)
  await removeDeadRuns(base)
  const folder = await mkdtemp(join(base, `${RUN}${OWNER}`))
  // Servers that run as another user have their folders in it.
  await chmod(folder, 0o711)
  const before = process.env.TMPDIR
  process.env.TMPDIR = folder
  return async () => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * A folder for temporary files that servers take: with a short and plain path, and as root one that other users can enter,
 * since not every server runs as root.
 */
export function temporaryBase(longest = LONGEST): string {
  return [tmpdir(), '/tmp', '/var/tmp'].find((folder) => folder.length <= longest && isUsable(folder)) ?? tmpdir()
}

/** For a folder that is filled, and takes its place once it is whole. Drafts of processes that have died are removed. */
export async function draftFolder(target: string): Promise<string> {
  const folder = dirname(target)
  for (const name of await readdir(folder)) {
    const entry = join(folder, name)
    if (entry.startsWith(`${target}.`) && isAbandoned(entry.slice(target.length + 1))) await remove(entry)
  }
  return mkdtemp(`${target}.${OWNER}`)
}

async function removeDeadRuns(base: string): Promise<void> {
  for (const name of await readdir(base)) {
    if (!name.startsWith(RUN) || !isAbandoned(name.slice(RUN.length))) continue
    const folder = join(base, name)
    if (statSync(folder, { throwIfNoEntry: false })?.uid !== process.getuid?.()) continue
    await endProgramsIn(folder)
    await remove(folder)
  }
}

/** Whether the process that made it ran on this machine, and has ended. */
function isAbandoned(owner: string): boolean {
  const { machine, pid } = OWNED.exec(owner)?.groups ?? {}
  return machine === MACHINE && !isAlive(Number(pid))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Ends those whose arguments or environment name a folder, which no other process can have by chance. */
async function endProgramsIn(folder: string): Promise<void> {
  if (process.platform !== 'linux') return
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  for (const pid of pids) {
    const told = await Promise.all(
      ['cmdline', 'environ'].map((file) => readFile(join('/proc', pid, file)).catch(() => '')),
    )
    if (told.some((text) => text.includes(folder)) && Number(pid) !== process.pid) signal(Number(pid))
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {}
}

/** Best effort: another run may remove it as well. */
async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 }).catch(() => {})
}

function isUsable(folder: string): boolean {
  if (!PLAIN_PATH.test(folder)) return false
  try {
    accessSync(folder, constants.W_OK)
    return process.getuid?.() !== 0 || isOpenToAll(realpathSync(folder))
  } catch {
    return false
  }
}

function isOpenToAll(folder: string): boolean {
  const canEnter = (statSync(folder).mode & 0o001) !== 0
  return canEnter && (dirname(folder) === folder || isOpenToAll(dirname(folder)))
}
