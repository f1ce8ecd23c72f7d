// The journal beside a CSV file: which rows the gateway has accepted. Append-only; it is what makes a second run skip
// them, also long after the gateway has forgotten their idempotency keys. A line is written after the acceptance; what
// a kill leaves unwritten is caught by the key.

import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { exitCodes, failure } from "../failure.ts";
import { createFingerprints, type Fingerprints } from "./fingerprints.ts";

export interface Journal {
  readonly path: string;
  /** Rows accepted so far, by all runs. */
  readonly size: number;
  has(key: string): boolean;
  /** Remembers a row. Throws when an earlier line could not be written: going on would risk sending twice. */
  add(key: string, messageSid: string): void;
  /** Everything added is on disk. */
  close(): Promise<void>;
}

const HEADING =
  "# trunkline journal 1: rows that were accepted. Keep it beside the CSV file, or they may be sent again.\n";
const SYNC_EVERY_MS = 1000;

/** Reads what is there and opens the file for appending. Nothing is created before the first row is accepted. */
export async function openJournal(path: string): Promise<Journal> {
  const keys = createFingerprints();
  const tail = await readJournal(path, keys);
  const writer = createWriter(path, tail);
  return {
    path,
    get size() {
      return keys.size;
    },
    has: (key) => keys.has(encodeURIComponent(key)),
    add(key, messageSid) {
      const written = encodeURIComponent(key);
      keys.add(written);
      writer.write(`${written} ${messageSid}\n`);
    },
    close: () => writer.close(),
  };
}

/** What has to be written before the next line: the heading of a new file, or the end of a line that a kill cut short. */
async function readJournal(path: string, keys: Fingerprints): Promise<string> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return HEADING;
    throw failure(exitCodes.usage, `The journal ${path} cannot be read: ${messageOf(thrown)}`);
  }
  const { size } = await file.stat();
  if (size === 0) {
    await file.close();
    return HEADING;
  }
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, size - 1);
  await file.close();
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(path) })) {
    if (line++ === 0 && !text.startsWith("# trunkline journal")) {
      throw failure(
        exitCodes.usage,
        `${path} is not a journal of this program; it is left as it is. Name another with --journal.`,
      );
    }
    remember(text, keys);
  }
  return last.toString() === "\n" ? "" : "\n";
}

/** The SID ends a line, so that a line which a kill cut short is known by it. */
function remember(line: string, keys: Fingerprints): void {
  const [key = "", sid] = line.split(" ");
  if (line.startsWith("#") || sid === undefined || !/^[A-Z]{2}[0-9a-f]{32}$/.test(sid)) return;
  keys.add(key);
}

/** Gathers lines while one write is under way; syncs to disk once a second and at the end. */
function createWriter(path: string, opening: string): { write(text: string): void; close(): Promise<void> } {
  let file: FileHandle | null = null;
  let pending = "";
  let running: Promise<void> | null = null;
  let broken: Error | null = null;
  let syncedMs = performance.now();

  async function drain(): Promise<void> {
    if (file === null) {
      file = await open(path, "a");
      pending = opening + pending;
    }
    while (pending !== "") {
      const text = pending;
      pending = "";
      await file.appendFile(text);
      if (performance.now() - syncedMs > SYNC_EVERY_MS) {
        await file.datasync();
        syncedMs = performance.now();
      }
    }
  }

  function start(): void {
    running = drain()
      .catch((thrown: unknown) => {
        broken = failure(exitCodes.usage, `The journal ${path} cannot be written: ${messageOf(thrown)}`);
      })
      .finally(() => {
        running = null;
        if (pending !== "" && broken === null) start();
      });
  }

  return {
    write(text) {
      if (broken !== null) throw broken;
      pending += text;
      if (running === null) start();
    },
    async close() {
      while (running !== null) await running;
      await file?.datasync();
      await file?.close();
      if (broken !== null) throw broken;
    },
  };
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
