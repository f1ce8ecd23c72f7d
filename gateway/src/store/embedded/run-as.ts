// Decides as which user the server runs. PostgreSQL refuses to run as root; so when the gateway is root, the server
// gets another uid, which owns nothing but the server's own folder. It gets no more rights than it needs to reach it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, lchown, lstat, mkdir, readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** How to start a program as the server's user. */
export interface ServerUser {
  /** Undefined: the gateway's own user. */
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
  /** Put before every command: the means by which the user reaches files below closed directories; often empty. */
  readonly prefix: readonly string[];
}

const ownUser: ServerUser = { ids: undefined, prefix: [] };

/** The arguments of spawn() for a command line run as that user. */
export function commandAs(user: ServerUser, command: readonly string[]) {
  const [file = "", ...args] = [...user.prefix, ...command];
  // With a prefix, setpriv changes the uid itself, after it has taken the capability along.
  return { file, args, options: user.ids === undefined || user.prefix.length > 0 ? {} : user.ids };
}

/**
 * Makes `folder` (mode 0700) for the server and decides who runs it.
 * Throws, saying what to do, when no user but root can reach the folder or the binaries.
 */
export async function prepareServerUser(folder: string, binariesRoot: string): Promise<ServerUser> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const owner = await stat(folder);
  const self = process.getuid?.();
  if (self !== 0) {
    if (self === undefined || owner.uid === self) return ownUser;
    throw new Error(
      `${folder} belongs to user ${owner.uid}, probably because the gateway ran as root before: run it as root ` +
        `again, or give the folder to this user (chown -R ${self} ${folder}), or set TRUNKLINE_DATA_DIR`,
    );
  }
  const ids = owner.uid === 0 ? await unprivilegedIds() : { uid: owner.uid, gid: owner.gid };
  // A restored backup can belong to root; a new folder does.
  if (owner.uid === 0) await chownAll(folder, ids.uid, ids.gid);
  await chmod(folder, 0o700);
  return reachableUser(ids, folder, binariesRoot);
}

async function reachableUser(
  ids: { uid: number; gid: number },
  folder: string,
  binariesRoot: string,
): Promise<ServerUser> {
  const plain: ServerUser = { ids, prefix: [] };
  if (await canReach(plain, folder, binariesRoot)) return plain;

  // The data directory is closed (0700): let others pass through it, though not list it.
  const parent = dirname(folder);
  const before = await stat(parent);
  if (before.uid === 0 && (before.mode & 0o001) === 0) {
    await chmod(parent, (before.mode & 0o7777) | 0o011);
    if (await canReach(plain, folder, binariesRoot)) return plain;
    await chmod(parent, before.mode & 0o7777);
  }

  // Something above is closed, such as /root. Reading past it is one capability; containers often have only the other.
  for (const capability of ["dac_read_search", "dac_override"]) {
    const user: ServerUser = { ids, prefix: setprivPrefix(ids, capability) };
    if (await canReach(user, folder, binariesRoot)) return user;
  }
  throw new Error(
    `the embedded PostgreSQL cannot run as root, and user ${ids.uid} cannot reach ${folder} or ${binariesRoot}, ` +
      "because a directory above is closed to others. Set TRUNKLINE_DATA_DIR to a directory that others may pass " +
      "through (such as /var/lib/trunkline), keep the program outside closed directories such as /root, " +
      "run the gateway as an ordinary user, or set DATABASE_URL.",
  );
}

function setprivPrefix({ uid, gid }: { uid: number; gid: number }, capability: string): string[] {
  return [
    "setpriv",
    `--reuid=${uid}`,
    `--regid=${gid}`,
    "--clear-groups",
    `--inh-caps=-all,+${capability}`,
    `--ambient-caps=-all,+${capability}`,
    `--bounding-set=-all,+${capability}`,
    "--no-new-privs",
    // Without it the system call access(), with which initdb checks its own files, disregards the capability.
    "--securebits=+no_setuid_fixup",
  ];
}

/** Asks the system itself, by trying: modes alone do not tell (access lists, mounts, security modules). */
async function canReach(user: ServerUser, folder: string, binariesRoot: string): Promise<boolean> {
  const script = 'test -x "$1/bin/postgres" && test -r "$1/share" && cd "$2" && test -w "$2"';
  const { file, args, options } = commandAs(user, ["/bin/sh", "-c", script, "sh", binariesRoot, folder]);
  try {
    const child = spawn(file, args, { ...options, cwd: "/", stdio: "ignore" });
    const [code] = await once(child, "exit");
    return code === 0;
  } catch (error) {
    // Without setpriv there is one way less; without the right to change the user there is none.
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EPERM")) return false;
    throw error;
  }
}

async function unprivilegedIds(): Promise<{ uid: number; gid: number }> {
  for (const name of ["trunkline", "nobody"]) {
    const uid = await idOf("-u", name);
    const gid = await idOf("-g", name);
    if (uid !== undefined && gid !== undefined && uid !== 0) return { uid, gid };
  }
  return { uid: 65_534, gid: 65_534 };
}

async function idOf(flag: "-u" | "-g", name: string): Promise<number | undefined> {
  const child = spawn("id", [flag, name], { stdio: ["ignore", "pipe", "ignore"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const [code] = await once(child, "close").catch(() => [undefined]);
  return code === 0 ? Number(output) : undefined;
}

async function chownAll(path: string, uid: number, gid: number): Promise<void> {
  const entry = await lstat(path);
  if (entry.isDirectory()) for (const name of await readdir(path)) await chownAll(join(path, name), uid, gid);
  await lchown(path, uid, gid);
}
