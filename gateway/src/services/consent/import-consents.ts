// Importing consents: batches of rows, each stored with its history and audit row in one transaction. A file that is
// imported again changes nothing, so an import that broke off is finished by repeating it. Each row counts towards the
// sender that it names and nobody else: a file says how things stood, not what somebody has said just now.

import type { Readable } from "node:stream";
import { actorOf, type Principal } from "../../core/access/principal.ts";
import { isTollFree } from "../../core/addresses/phone-number.ts";
import type { Clock } from "../../core/clock.ts";
import { GatewayError } from "../../core/errors.ts";
import { type AccountSid, newUuid, type Uuid } from "../../core/ids.ts";
import { writeAudit } from "../../store/audit.ts";
import { isRetryableConflict } from "../../store/connect.ts";
import { analyzeConsents, type ConsentWord, recordConsents, startDryRun, undoDryRun } from "../../store/consents.ts";
import type { Database, Queryable } from "../../store/database.ts";
import { type ImportRow, type RowProblem, readImportFile } from "./import-file.ts";

export interface ConsentImport {
  readonly accountSid: AccountSid;
  readonly principal: Principal;
  readonly file: Readable;
  /** For rows that give no date. */
  readonly consentedAt: Date | null;
  /** Find out what it would change, and change nothing. */
  readonly dryRun: boolean;
  /** Ends it between two batches. */
  readonly signal: AbortSignal;
}

interface ImportCounts {
  readonly importId: Uuid;
  readonly rows: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly rejected: number;
}

export interface ImportResult extends ImportCounts {
  /** The first hundred. */
  readonly errors: readonly RowProblem[];
  readonly ignoredColumns: readonly string[];
}

export interface ImportDeps {
  readonly db: Database;
  readonly clock: Clock;
}

const rowsPerBatch = 500;
const errorsMax = 100;
const tries = 4;

/**
 * Rejects with `invalid-parameter` for a file that cannot be read from some line on, and with whatever befalls the database.
 * What was before it is stored: a GatewayError then says how far it came (`values.progress`: ImportCounts as JSON).
 */
export async function importConsents(deps: ImportDeps, asked: ConsentImport): Promise<ImportResult> {
  const importId = newUuid();
  const file = readImportFile(asked.file, { nowMs: deps.clock.nowMs(), consentedAt: asked.consentedAt });
  const errors: RowProblem[] = [];
  let rows = 0;
  let changed = 0;
  let stored = 0;
  const counts = () => ({ importId, rows, changed, unchanged: stored - changed, rejected: rows - stored });
  try {
    for await (const batch of batchesOf(file.rows)) {
      asked.signal.throwIfAborted();
      for (const { problems } of batch) errors.push(...problems.slice(0, errorsMax - errors.length));
      const words = batch.flatMap(({ word }) => word ?? []);
      changed += await storeBatch(deps.db, asked, importId, words);
      stored += words.length;
      rows += batch.length;
    }
  } catch (error) {
    throw error instanceof GatewayError && rows > 0 ? brokenOff(error, counts(), asked.dryRun) : error;
  }
  if (changed >= rowsPerBatch && !asked.dryRun) await analyzeConsents(deps.db);
  return { ...counts(), errors, ignoredColumns: file.ignoredColumns() };
}

function brokenOff(error: GatewayError, counts: ImportCounts, dryRun: boolean): GatewayError {
  const { importId, rows, changed } = counts;
  const done = dryRun
    ? `The ${rows} rows before it were looked at.`
    : `The ${rows} rows before it are through, and have changed ${changed} consents (import ${importId}); sending them again changes nothing.`;
  const message = `${error.message.replace(/\.?$/, ".")} ${done}`;
  const values = { ...error.values, progress: JSON.stringify(counts) };
  return new GatewayError(error.code, message, { values, cause: error });
}

async function* batchesOf(rows: AsyncIterable<ImportRow>): AsyncGenerator<ImportRow[]> {
  let batch: ImportRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < rowsPerBatch) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function storeBatch(
  db: Database,
  { accountSid, principal, dryRun }: ConsentImport,
  importId: Uuid,
  words: readonly ConsentWord[],
): Promise<number> {
  if (words.length === 0) return 0;
  const actor = actorOf(principal);
  const store = async (tx: Queryable): Promise<number> => {
    const origin = { via: "import", actor, reference: importId } as const;
    let changed = 0;
    if (dryRun) await startDryRun(tx);
    for (const { words: group, overridesStop } of roundsOf(words)) {
      changed += (await recordConsents(tx, accountSid, group, origin, { overridesStop })).length;
    }
    if (dryRun) await undoDryRun(tx);
    if (dryRun || changed === 0) return changed;
    const after = { words: words.length, changed };
    await writeAudit(tx, { accountSid, actor, action: "consents.imported", subject: importId, before: null, after });
    return changed;
  };
  for (let tried = 1; ; tried += 1) {
    try {
      return await db.transaction(store);
    } catch (thrown) {
      if (!isRetryableConflict(thrown) || tried === tries) throw thrown;
    }
  }
}

interface Round {
  readonly words: ConsentWord[];
  readonly overridesStop: boolean;
}

/**
 * Statements' worth of words: no pair twice in one, the older word of a pair before the newer, and toll-free senders by
 * themselves, because a STOP to one can be taken back by nobody else. In the order in which everybody locks.
 */
function roundsOf(words: readonly ConsentWord[]): Round[] {
  const inTime = words.toSorted((one, other) => one.consentedAt.getTime() - other.consentedAt.getTime());
  const rounds: Round[] = [];
  for (const overridesStop of [true, false]) {
    const seen = new Map<string, number>();
    const own: ConsentWord[][] = [];
    for (const word of inTime) {
      if (isTollFree(word.sender) === overridesStop) continue;
      const name = `${word.sender} ${word.contact}`;
      const nth = seen.get(name) ?? 0;
      seen.set(name, nth + 1);
      const round = own[nth];
      if (round === undefined) own.push([word]);
      else round.push(word);
    }
    for (const round of own) rounds.push({ words: round.sort(inLockOrder), overridesStop });
  }
  return rounds;
}

function inLockOrder(one: ConsentWord, other: ConsentWord): number {
  if (one.sender !== other.sender) return one.sender < other.sender ? -1 : 1;
  return one.contact < other.contact ? -1 : 1;
}
