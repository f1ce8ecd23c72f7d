// `trunkline send --csv`: reads the file once to check and count it, then sends what no earlier run has sent.

import { createGatewayClient } from "../client/gateway-client.ts";
import type { Credentials } from "../credentials.ts";
import { type ExitCode, exitCodes, failure, isCommandFailure } from "../failure.ts";
import { onStopSignals, type Terminal } from "../terminal.ts";
import { type CsvFile, openCsv, readRows } from "./csv-file.ts";
import { createFailuresFile } from "./failures-file.ts";
import { type Inspection, inspectRows } from "./inspect-rows.ts";
import { type Journal, openJournal } from "./journal.ts";
import { showProgress } from "./progress.ts";
import { type MessageDefaults, planRows, type RowPlan } from "./row-request.ts";
import { sendRows } from "./send-rows.ts";
import { createTally, describeTally, presentTally, rowsLeft, type Tally } from "./tally.ts";

export interface FileOptions {
  readonly csv: string;
  readonly delimiter?: string;
  readonly failures?: string;
  readonly journal?: string;
  readonly run?: string;
  readonly concurrency: number;
  readonly retryForMs: number;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly defaults: MessageDefaults;
}

export async function sendFile(options: FileOptions, credentials: Credentials, terminal: Terminal): Promise<ExitCode> {
  const paths = filePaths(options);
  const file = await openCsv(options.csv, options.delimiter);
  const plan = planFile(file, options, credentials, terminal);
  const journal = await openJournal(paths.journal);
  const inspection = await inspectRows(readRows(file), plan, journal);
  tellBefore(inspection, journal, terminal);
  if (options.dryRun) {
    terminal.out(inspection.describe());
    return inspection.invalid === 0 ? exitCodes.ok : exitCodes.someFailed;
  }
  return run({
    options,
    credentials,
    terminal,
    file,
    plan,
    journal,
    failuresPath: paths.failures,
    rows: inspection.rows,
  });
}

interface Run {
  readonly options: FileOptions;
  readonly credentials: Credentials;
  readonly terminal: Terminal;
  readonly file: CsvFile;
  readonly plan: RowPlan;
  readonly journal: Journal;
  readonly failuresPath: string;
  readonly rows: number;
}

async function run({
  options,
  credentials,
  terminal,
  file,
  plan,
  journal,
  failuresPath,
  rows,
}: Run): Promise<ExitCode> {
  const tally = { ...createTally(), rows };
  const failures = await createFailuresFile(failuresPath, file);
  const client = createGatewayClient(credentials, options.concurrency);
  const interrupt = new AbortController();
  const startedMs = performance.now();
  const progress = showProgress(tally, terminal);
  const stopListening = onStopSignals(
    () => {
      progress.note("Stopping: waiting for what is on its way (Ctrl-C again to leave at once) ...");
      interrupt.abort();
    },
    () => process.exit(exitCodes.interrupted),
  );
  let stoppedBy: unknown = null;
  try {
    const { concurrency, retryForMs } = options;
    await sendRows({
      client,
      rows: readRows(file),
      plan,
      journal,
      failures,
      tally,
      concurrency,
      retryForMs,
      interrupt: interrupt.signal,
      note: progress.note,
    });
  } catch (thrown) {
    stoppedBy = thrown;
  }
  tally.durationMs = performance.now() - startedMs;
  progress.stop();
  stopListening();
  const closed = await Promise.allSettled([journal.close(), failures.close(), client.close()]);
  stoppedBy ??= closed.find((result) => result.status === "rejected")?.reason ?? null;
  const files = { journal: journal.path, failures: failures.count > 0 ? failuresPath : null };
  terminal.out(options.json ? `${JSON.stringify(presentTally(tally, files))}\n` : describeTally(tally));
  return conclude({ tally, files, terminal, stoppedBy, interrupted: interrupt.signal.aborted });
}

interface Conclusion {
  readonly tally: Tally;
  readonly files: { readonly journal: string; readonly failures: string | null };
  readonly terminal: Terminal;
  readonly stoppedBy: unknown;
  readonly interrupted: boolean;
}

/** Says how to go on, and with which code the command ends. */
function conclude({ tally, files, terminal, stoppedBy, interrupted }: Conclusion): ExitCode {
  if (stoppedBy !== null && !isCommandFailure(stoppedBy)) throw stoppedBy;
  if (stoppedBy !== null) terminal.note(`Stopped: ${stoppedBy.message}\n`);
  if (files.failures !== null) {
    terminal.note(
      `The rows that failed, each with its reason, are in ${files.failures}. Once mended, send them with the same command and\n` +
        `  --csv ${quoted(files.failures)} --journal ${quoted(files.journal)}\n`,
    );
  }
  if (rowsLeft(tally) > 0) {
    terminal.note(
      `To go on, run the same command again: rows that were accepted are not sent twice (${files.journal} keeps them).\n`,
    );
  } else if (tally.skipped > 0 && tally.skipped === tally.rows) {
    terminal.note(
      `Nothing was sent: all of it was accepted before. To send the file again on purpose, add --run and a new name.\n`,
    );
  }
  if (stoppedBy !== null) return stoppedBy.exitCode;
  if (interrupted) return exitCodes.interrupted;
  return tally.failed > 0 ? exitCodes.someFailed : exitCodes.ok;
}

function planFile(file: CsvFile, options: FileOptions, credentials: Credentials, terminal: Terminal): RowPlan {
  const { accountSid, phoneNumbers } = credentials;
  const run = options.run ?? "";
  const asked = planRows({ header: file.header, defaults: options.defaults, accountSid, run });
  if (asked.unused.length > 0) {
    const [first] = asked.unused;
    terminal.note(`Columns that nothing uses: ${asked.unused.join(", ")}. (--body can: "Hello {{${first}}}")\n`);
  }
  const { from, service } = options.defaults;
  if (
    from !== undefined ||
    service !== undefined ||
    asked.columns.has("From") ||
    asked.columns.has("MessagingServiceSid")
  )
    return asked;
  const [own] = phoneNumbers;
  if (own === undefined) {
    throw failure(
      exitCodes.usage,
      "No sender: give --from or --service, or a column named from or messagingServiceSid.",
    );
  }
  terminal.note(`From ${own}, the account's first number; --from names another.\n`);
  return planRows({ header: file.header, defaults: { ...options.defaults, from: own }, accountSid, run });
}

function tellBefore(inspection: Inspection, journal: Journal, terminal: Terminal): void {
  if (inspection.alreadySent > 0) {
    terminal.note(
      `${inspection.alreadySent} of ${inspection.rows} rows were accepted by an earlier run and will be skipped.\n`,
    );
  } else if (journal.size > 0) {
    terminal.note(
      `The journal ${journal.path} knows ${journal.size} accepted rows, none of them in this file with these options: these\n` +
        "are other messages, and all of them will be sent.\n",
    );
  }
}

/** `list.csv` → `list.failures.csv` and `list.csv.journal`; a file of failures shares the journal of its original. */
function filePaths(options: FileOptions): { failures: string; journal: string } {
  const stem = options.csv.replace(/\.csv$/i, "");
  const again = /^(.*)\.failures(?:-(\d+))?$/s.exec(stem);
  const failures =
    options.failures ?? (again ? `${again[1]}.failures-${Number(again[2] ?? 1) + 1}.csv` : `${stem}.failures.csv`);
  if (failures === options.csv)
    throw failure(exitCodes.usage, "--failures names the file that is being read. Name another.");
  const journal = options.journal ?? `${again?.[1] === undefined ? options.csv : `${again[1]}.csv`}.journal`;
  return { failures, journal };
}

function quoted(path: string): string {
  return /^[\w./+:@-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
