// The files of the built dashboard, held in memory with what HTTP needs to know of them: a few hundred kilobytes, read once.
// They are made by scripts/dashboard-build.mjs, at `npm start` when they are missing or older than their sources: built output
// in version control would differ with every change, and building takes seconds.

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const compress = promisify(gzip);

export interface DashboardFile {
  readonly type: string;
  /** Without quotes. */
  readonly etag: string;
  readonly content: Buffer;
  /** Null for what does not get smaller. */
  readonly gzipped: Buffer | null;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".png": "image/png",
};

/** By their path from `directory`, such as `assets/index-1a2b.js`; null when the dashboard has not been built. */
export async function loadDashboard(directory: string): Promise<ReadonlyMap<string, DashboardFile> | null> {
  const files = new Map<string, DashboardFile>();
  for (const path of await pathsIn(directory)) {
    const type = types[extname(path)];
    if (type === undefined) continue;
    const content = await readFile(path);
    const gzipped = await compress(content, { level: 9 });
    const etag = createHash("sha256").update(content).digest("base64url").slice(0, 22);
    const name = relative(directory, path).split(sep).join("/");
    files.set(name, { type, etag, content, gzipped: gzipped.length < content.length * 0.9 ? gzipped : null });
  }
  return files.has("index.html") ? files : null;
}

async function pathsIn(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
