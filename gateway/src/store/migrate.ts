// Brings a database to this version of the schema: the SQL files in migrations/, in order, each in one transaction,
// each once. An applied file must never change again (a checksum tells); several processes may start together.

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { Logger } from "pino";
import type { Clock } from "../core/clock.ts";
import type { Database, Queryable } from "./database.ts";
import { ensurePartitions } from "./partitions.ts";

const MIGRATIONS = new URL("./migrations/", import.meta.url);
const FILE_NAME = /^(\d{4})_([a-z0-9_]+)\.sql$/;
const OLDEST_SERVER = 150_000;
/** Advisory lock of everything that changes the schema. An arbitrary number, the same for every process. */
const SCHEMA_LOCK = 7_281_946_001;

export interface Migration {
  readonly version: number;
  readonly name: string;
  /** SHA-256 of the text with Unix line ends, hex. */
  readonly checksum: string;
  readonly sql: string;
}

export interface MigrateOptions {
  readonly log: Logger;
  readonly clock: Clock;
  /** For tests: other migrations than the product's (no partitions are made then). */
  readonly migrations?: readonly Migration[];
}

interface Applied {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

/** Reads migration files; versions must be 1, 2, 3 … without a gap. */
export async function readMigrations(directory: URL = MIGRATIONS): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(
    names.map(async (fileName, index) => {
      const [, version, name] = FILE_NAME.exec(fileName) ?? [];
      if (name === undefined || Number(version) !== index + 1) {
        throw new Error(
          `migration ${fileName}: expected a file named like ${String(index + 1).padStart(4, "0")}_name.sql`,
        );
      }
      const sql = (await readFile(new URL(fileName, directory), "utf8")).replaceAll("\r\n", "\n");
      return { version: index + 1, name, checksum: createHash("sha256").update(sql).digest("hex"), sql };
    }),
  );
}

/**
 * Applies what is missing and makes the partitions for the coming months. Safe to run in several processes at once.
 * Throws when the server is too old, when an applied migration was edited since, and when the database is newer
 * than this code.
 */
export async function migrate(db: Database, { log, clock, migrations }: MigrateOptions): Promise<void> {
  const known = migrations ?? (await readMigrations());
  await checkServerVersion(db);
  let pending = true;
  while (pending) {
    // A migration may take as long as it takes.
    pending = await db.transaction((tx) => applyNext(tx, known, log), { queryTimeoutMs: 0 });
  }
  if (migrations === undefined) await ensurePartitions(db, clock);
}

async function checkServerVersion(db: Queryable): Promise<void> {
  const [row] = await db.query<{ number: string; version: string }>(
    "select current_setting('server_version_num') as number, current_setting('server_version') as version",
  );
  if (row === undefined || Number(row.number) < OLDEST_SERVER) {
    throw new Error(`PostgreSQL 15 or newer is needed; the server of DATABASE_URL is version ${row?.version}`);
  }
}

/** Applies one migration under the schema lock; resolves to whether there may be more. */
async function applyNext(tx: Queryable, known: readonly Migration[], log: Logger): Promise<boolean> {
  await lockSchema(tx, log);
  await tx.query(`create table if not exists schema_migrations (
    version integer primary key, name text not null, checksum text not null,
    applied_at timestamptz not null default now())`);
  const applied = await tx.query<Applied & { [column: string]: unknown }>(
    "select version, name, checksum from schema_migrations order by version",
  );
  checkHistory(applied, known);
  const next = known[applied.length];
  if (next === undefined) return false;
  try {
    await tx.query(next.sql);
  } catch (error) {
    throw new Error(`migration ${labelOf(next)} failed and was rolled back`, { cause: error });
  }
  await tx.query("insert into schema_migrations (version, name, checksum) values ($1, $2, $3)", [
    next.version,
    next.name,
    next.checksum,
  ]);
  log.info({ migration: labelOf(next) }, "migrated the database");
  return applied.length + 1 < known.length;
}

async function lockSchema(tx: Queryable, log: Logger): Promise<void> {
  const [attempt] = await tx.query<{ locked: boolean }>("select pg_try_advisory_xact_lock($1) as locked", [
    SCHEMA_LOCK,
  ]);
  if (attempt?.locked) return;
  log.info("waiting for another process that is migrating the database");
  await tx.query("select pg_advisory_xact_lock($1)", [SCHEMA_LOCK]);
}

function checkHistory(applied: readonly Applied[], known: readonly Migration[]): void {
  for (const [index, row] of applied.entries()) {
    const file = known[index];
    if (file === undefined) {
      throw new Error(
        `the database is newer than this version of Trunkline: it has migration ${labelOf(row)}, which this version ` +
          "does not know. Run the newer version, or restore a backup from before it.",
      );
    }
    if (row.version !== file.version || row.checksum !== file.checksum) {
      throw new Error(
        `migration ${labelOf(file)} was edited after the database had been migrated with it. Put the file back as it ` +
          "was released and make the change in a new migration.",
      );
    }
  }
}

function labelOf({ version, name }: Pick<Migration, "version" | "name">): string {
  return `${String(version).padStart(4, "0")}_${name}`;
}
