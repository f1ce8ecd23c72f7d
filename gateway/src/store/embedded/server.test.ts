// The embedded database with real processes: what survives, what is refused, and that nothing is left running.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type OwnerProcess, startOwnerProcess } from "../../../test/support/owner-process.ts";
import { processesOf, serversOf } from "../../../test/support/processes.ts";
import { temporaryRoot } from "../../../test/support/temporary-root.ts";
import { openDatabase } from "../connect.ts";
import type { Database } from "../database.ts";
import { findPostgresBinaries } from "./binaries.ts";
import type { EmbeddedConnection } from "./cluster.ts";
import { type EmbeddedOptions, type EmbeddedPostgres, startEmbeddedPostgres } from "./server.ts";

const log = pino({ level: "silent" });
const isRoot = process.getuid?.() === 0;
const LONG_MS = 60_000;

let root: string;
let dataDir: string;
const servers: EmbeddedPostgres[] = [];
const owners: ChildProcess[] = [];
const databases: Database[] = [];

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(await temporaryRoot(), "trunkline-embedded-")));
  // As /tmp itself: others may pass through.
  await chmod(root, 0o755);
  dataDir = join(root, "data");
});

afterEach(async () => {
  await Promise.all(databases.splice(0).map((db) => db.close()));
  for (const owner of owners.splice(0)) owner.kill("SIGKILL");
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  await untilNoServer();
  await rm(root, { recursive: true, force: true });
});

async function start(options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, log, ...options });
  servers.push(server);
  return server;
}

function open(connection: EmbeddedConnection): Database {
  const db = openDatabase({ connection, log, poolSize: 2, acquireTimeoutMs: 1000 });
  databases.push(db);
  return db;
}

async function startOwner(ids: { uid?: number; gid?: number } = {}): Promise<OwnerProcess> {
  const owner = await startOwnerProcess(dataDir, ids);
  owners.push(owner.process);
  return owner;
}

async function untilNoServer(): Promise<void> {
  await expect.poll(() => serversOf(root), { interval: 20 }).toEqual([]);
}

async function store(db: Database): Promise<void> {
  await db.query("create table if not exists kept (n int)");
  await db.query("insert into kept values (1)");
}

describe("startEmbeddedPostgres", { timeout: LONG_MS }, () => {
  it("makes a durable UTF-8 database on the first run, and finds it again on the next", async () => {
    const first = await start();
    const db = open(first.connection);
    const settings = await db.query(`select current_setting('fsync') as fsync,
      current_setting('synchronous_commit') as commit, current_setting('server_encoding') as encoding,
      current_setting('listen_addresses') as addresses, lower('Ä') as lower`);
    expect(settings).toEqual([{ fsync: "on", commit: "on", encoding: "UTF8", addresses: "", lower: "ä" }]);
    await store(db);
    await first.stop();
    expect(await serversOf(root)).toEqual([]);
    const again = await start();
    expect(await open(again.connection).query("select n from kept")).toEqual([{ n: 1 }]);
  });

  it("lets only its own user enter the socket's directory", async () => {
    const { connection } = await start();
    expect((await stat(connection.host)).mode & 0o777).toBe(0o700);
    expect(connection.host.startsWith(dataDir)).toBe(true);
  });

  it("ignores PostgreSQL's environment variables", async () => {
    process.env["PGPORT"] = "1";
    process.env["PGDATA"] = "/nowhere";
    try {
      const { connection } = await start();
      expect(await open(connection).query("select 1 as one")).toEqual([{ one: 1 }]);
    } finally {
      delete process.env["PGPORT"];
      delete process.env["PGDATA"];
    }
  });

  it("works in a directory whose path is too long for a socket, and leaves nothing outside", async () => {
    dataDir = join(root, "x".repeat(60), "y".repeat(60));
    const server = await start();
    expect(server.connection.host.startsWith(tmpdir())).toBe(true);
    expect(await open(server.connection).query("select 1 as one")).toEqual([{ one: 1 }]);
    await server.stop();
    await expect(stat(server.connection.host)).rejects.toThrow("ENOENT");
  });

  it("refuses a second one on the same directory, naming who holds it", async () => {
    const first = await start();
    await expect(startEmbeddedPostgres({ dataDir, log })).rejects.toThrow(`pid ${process.pid}`);
    expect(await open(first.connection).query("select 1 as one")).toEqual([{ one: 1 }]);
  });

  it("begins anew after a first run that was killed half-way", async () => {
    const folder = join(dataDir, "postgres");
    await mkdir(join(folder, "data.new-1", "base"), { recursive: true });
    await writeFile(join(folder, "data.new-1", "PG_VERSION"), "18\n");
    const { connection } = await start();
    expect((await readdir(folder)).sort()).toEqual(["data", "run"]);
    expect(await open(connection).query("select 1 as one")).toEqual([{ one: 1 }]);
  });

  it("never makes a new database over files that it does not know", async () => {
    await mkdir(join(dataDir, "postgres", "data"), { recursive: true });
    await writeFile(join(dataDir, "postgres", "data", "precious"), "");
    await expect(startEmbeddedPostgres({ dataDir, log })).rejects.toThrow("PG_VERSION is missing");
  });

  it("says why the server did not start", async () => {
    await expect(startEmbeddedPostgres({ dataDir, log, settings: { work_mem: "plenty" } })).rejects.toThrow("work_mem");
  });
});

describe("a server that dies", { timeout: LONG_MS }, () => {
  it("is started again, while queries fail as database-unavailable and then succeed by themselves", async () => {
    const { connection } = await start();
    const db = open(connection);
    await store(db);
    const [pid = 0] = await serversOf(root);
    process.kill(pid, "SIGKILL");
    let failures = 0;
    const answered = async (): Promise<unknown> => {
      try {
        return await db.query("select n from kept");
      } catch (error) {
        failures++;
        expect(error).toMatchObject({ code: "database-unavailable" });
        return undefined;
      }
    };
    // The first statements may still meet the dying server's connection.
    await expect
      .poll(async () => [failures > 0, await answered()], { interval: 5, timeout: 20_000 })
      .toEqual([true, [{ n: 1 }]]);
    expect(await serversOf(root)).not.toContain(pid);
  });

  it("is started again when its guardian is killed", async () => {
    const { connection } = await start();
    const db = open(connection);
    await store(db);
    const [before = 0] = await serversOf(root);
    for (const pid of await processesOf("trunkline-database", root)) process.kill(pid, "SIGKILL");
    await expect.poll(() => serversOf(root), { interval: 20, timeout: 20_000 }).not.toContain(before);
    await expect
      .poll(() => db.query("select n from kept").catch(() => undefined), { timeout: 20_000 })
      .toEqual([{ n: 1 }]);
  });
});

describe("stop", { timeout: LONG_MS }, () => {
  it.each([0, 30, 150])("leaves nothing running, %i ms after the server died", async (afterMs) => {
    const server = await start();
    const [pid = 0] = await serversOf(root);
    process.kill(pid, "SIGKILL");
    // Any moment of the restart may be hit; which one does not matter.
    await delay(afterMs);
    await server.stop();
    expect(await serversOf(root)).toEqual([]);
    await server.stop();
  });
});

describe("a gateway that is killed", { timeout: LONG_MS }, () => {
  it("leaves no server behind, and the next start finds what was stored", async () => {
    const owner = await startOwner();
    await store(open(owner.connection));
    owner.process.kill("SIGKILL");
    await untilNoServer();
    const next = await startOwner();
    expect(next.error).toBeUndefined();
    expect(await open(next.connection).query("select n from kept")).toEqual([{ n: 1 }]);
  });

  it("does not block a start in the same moment, again and again", async () => {
    for (let count = 1; count <= 4; count++) {
      const owner = await startOwner();
      expect(owner.error).toBeUndefined();
      const db = open(owner.connection);
      await store(db);
      expect(await db.query("select count(*) from kept")).toEqual([{ count }]);
      owner.process.kill("SIGKILL");
    }
  });

  it("leaves a server that the next start stops, if the guardian was killed too", async () => {
    const owner = await startOwner();
    await store(open(owner.connection));
    const [orphan] = await serversOf(root);
    const guardians = await processesOf("trunkline-database", root);
    expect(guardians.length).toBeGreaterThan(0);
    // Held still, so that the owner cannot see its guardian die and act on it.
    owner.process.kill("SIGSTOP");
    for (const pid of guardians) process.kill(pid, "SIGKILL");
    owner.process.kill("SIGKILL");
    expect(await serversOf(root)).toEqual([orphan]);
    const next = await startOwner();
    expect(next.error).toBeUndefined();
    expect(await serversOf(root)).not.toContain(orphan);
    expect(await open(next.connection).query("select n from kept")).toEqual([{ n: 1 }]);
  });

  it("does not keep the next start away by a pid that now belongs to another program", async () => {
    const first = await start();
    await store(open(first.connection));
    await first.stop();
    const stranger = spawn("sleep", ["60"], { ...(isRoot ? { uid: 65_534, gid: 65_534 } : {}), stdio: "ignore" });
    owners.push(stranger);
    const data = join(dataDir, "postgres", "data");
    await writeFile(join(data, "postmaster.pid"), `${stranger.pid}\n${data}\n0\n5432\n${first.connection.host}\n\n`);
    const again = await start();
    expect(await open(again.connection).query("select n from kept")).toEqual([{ n: 1 }]);
    expect(stranger.exitCode).toBeNull();
  });

  it("while it lives, refuses a second gateway on its directory", async () => {
    const owner = await startOwner();
    const second = await startOwner();
    expect(second.error).toContain(`pid ${owner.process.pid}`);
    expect(second.error).toContain(dataDir);
    expect(await open(owner.connection).query("select 1 as one")).toEqual([{ one: 1 }]);
  });

  it("when told to stop, stops the server first", async () => {
    const owner = await startOwner();
    owner.process.kill("SIGTERM");
    expect(await once(owner.process, "exit")).toEqual([0, null]);
    expect(await serversOf(root)).toEqual([]);
  });
});

describe.runIf(isRoot)("as root", { timeout: LONG_MS }, () => {
  it("runs the server as another user, who owns the server's folder and nothing else", async () => {
    await start();
    const [pid] = await serversOf(root);
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    expect(status).not.toMatch(/^Uid:\s+0/m);
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect((await stat(dataDir)).uid).toBe(0);
    expect((await stat(dataDir)).mode & 0o066).toBe(0);
    expect((await stat(join(dataDir, "postgres"))).uid).not.toBe(0);
    expect((await stat(join(dataDir, "postgres"))).mode & 0o777).toBe(0o700);
  });

  it("works below a closed directory such as /root, with the program there too", async () => {
    // Not in memory: programs may be forbidden to run there.
    await rm(root, { recursive: true });
    root = await mkdtemp(join(tmpdir(), "trunkline-embedded-"));
    dataDir = join(root, "clone", ".trunkline");
    const binariesRoot = join(root, "clone", "native");
    await cp(findPostgresBinaries().root, binariesRoot, { recursive: true, verbatimSymlinks: true });
    const binaries = {
      initdb: join(binariesRoot, "bin", "initdb"),
      postgres: join(binariesRoot, "bin", "postgres"),
      root: binariesRoot,
    };
    const server = await start({ binaries });
    const [pid] = await serversOf(root);
    expect(await readFile(`/proc/${pid}/status`, "utf8")).not.toMatch(/^Uid:\s+0/m);
    expect(await open(server.connection).query("select 1 as one")).toEqual([{ one: 1 }]);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  });

  it("says what to do when no way leads to the files", async () => {
    const closed = join(root, "closed");
    await mkdir(closed, { mode: 0o700 });
    dataDir = join(closed, "data");
    const path = process.env["PATH"];
    // No setpriv to be found.
    process.env["PATH"] = "/nowhere";
    try {
      await expect(startEmbeddedPostgres({ dataDir, log })).rejects.toThrow(/cannot run as root.*TRUNKLINE_DATA_DIR/);
    } finally {
      process.env["PATH"] = path;
    }
  });

  it("says what is missing when its user has no name", async () => {
    await mkdir(dataDir, { mode: 0o700 });
    await chown(dataDir, 54_321, 54_321);
    expect((await startOwner({ uid: 54_321, gid: 54_321 })).error).toContain("needs a user with a name");
  });

  it("takes over files that a restore left to root", async () => {
    const first = await start();
    await store(open(first.connection));
    await first.stop();
    const folder = join(dataDir, "postgres");
    await chown(folder, 0, 0);
    await chown(join(folder, "data", "PG_VERSION"), 0, 0);
    const again = await start();
    expect(await open(again.connection).query("select n from kept")).toEqual([{ n: 1 }]);
    expect((await lstat(join(folder, "data", "PG_VERSION"))).uid).not.toBe(0);
  });

  it("an ordinary user runs it alone, and is told when the files belong to someone else", async () => {
    // "daemon" on Linux and macOS: initdb wants a user that has a name.
    const ids = { uid: 1, gid: 1 };
    await mkdir(dataDir, { mode: 0o700 });
    await chown(dataDir, ids.uid, ids.gid);
    const owner = await startOwner(ids);
    expect(owner.error).toBeUndefined();
    const [pid] = await serversOf(root);
    expect(await readFile(`/proc/${pid}/status`, "utf8")).toMatch(/^Uid:\s+1\s/m);
    owner.process.kill("SIGTERM");
    await once(owner.process, "exit");
    await chown(join(dataDir, "postgres"), 65_534, 65_534);
    const refused = await startOwner(ids);
    expect(refused.error).toMatch(/belongs to user 65534.*chown/);
  });
});
