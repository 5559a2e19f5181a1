import { access, constants, statfs } from "node:fs/promises"
import type { Finding } from "./backend.ts"

/** What doctor wants to know of the disk under a path: its room, and whether other machines write to it too. */
export async function diskFindings(path: string, advice: string): Promise<Finding[]> {
  const { bavail, blocks, bsize, ffree, files, type } = await statfs(path)
  // Some file systems make their inodes as they need them, and say 0 of 0.
  const isScarce = bavail < blocks * SCARCE || (files > 0 && ffree < files * SCARCE)
  const inodes = files > 0 ? `, ${ffree.toLocaleString("en")} inodes` : ""
  const value = `${sized(bavail * bsize)} free${inodes}`
  const problem = `The disk is nearly full. ${advice}`
  const shared = SHARED[type]
  return [
    { name: "disk", value, ...(isScarce && { problem }) },
    ...(shared === undefined ? [] : [sharedFinding(shared)]),
  ]
}

/** Whether this user may write these files and directories. */
export async function accessFinding(paths: readonly string[]): Promise<Finding> {
  for (const path of paths) {
    const code = await access(path, constants.W_OK).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error.code,
    )
    if (code !== undefined)
      return { name: "access", value: "may not be written", problem: refusal(path, code), isUnwritable: true }
  }
  return { name: "access", value: "may be written" }
}

/** A number of bytes as people read it. */
export function sized(bytes: number): string {
  if (bytes < 2 ** 20) return `${Math.ceil(bytes / 2 ** 10)} KiB`
  return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`
}

function sharedFinding(name: string): Finding {
  const problem =
    "Locks and renames are not sure there, and sessions get lost or damaged. Use a directory on a local disk, or a database server"
  return { name: "file system", value: name, problem }
}

function refusal(path: string, code: string): string {
  return code === "EROFS"
    ? `${path} is on a file system that is mounted read-only. Mount it to be written`
    : `This user may not write ${path}. Ask as the user that the application runs as, or make that user its owner`
}

/** The share of free room below which a disk is nearly full. */
const SCARCE = 0.02

/** File systems that other machines may write to, by their numbers in statfs(2). */
const SHARED: Readonly<Record<number, string>> = {
  26985: "NFS",
  20859: "SMB",
  4283649346: "CIFS",
  4266872130: "SMB",
  1702057286: "FUSE",
  16914839: "9p",
  1397113167: "AFS",
  12805120: "Ceph",
  198183891: "Lustre",
  1196443219: "GPFS",
  18225520: "GFS2",
  1952539503: "OCFS2",
  2020557398: "a shared folder of VirtualBox",
}
