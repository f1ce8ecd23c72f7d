// The message path of the gateway without HTTP, on a database of its own: acceptance, dispatch, sandbox, callbacks and
// inbound messages, wired by the same code as the gateway's. Its clock can be moved. Call stop() when done.

import { pino } from "pino";
import { createMessagePath, type MessagePath } from "../../src/app/message-path.ts";
import { loadConfig } from "../../src/config/load.ts";
import { createUpstreamUrls } from "../../src/core/callbacks/upstream-url.ts";
import type { Clock } from "../../src/core/clock.ts";
import { createSealer } from "../../src/core/credentials/seal.ts";
import type { AccountSid, Uuid } from "../../src/core/ids.ts";
import { type FaultDocument, faultDocumentSchema } from "../../src/core/sandbox/fault-rules.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import { completeAccount, makeAccount } from "../../src/services/bootstrap/make-account.ts";
import { openDatabase } from "../../src/store/connect.ts";
import type { Database } from "../../src/store/database.ts";
import { type TestDatabase, testDatabase } from "./database.ts";

export const ownNumber = "+12025550100";
export const secondNumber = "+12025550101";

export interface TestPath extends MessagePath {
  readonly db: Database;
  readonly accountSid: AccountSid;
  /** Moves the path's clock ahead. */
  advance(ms: number): void;
  faults: MessagePath["faults"];
  inject(document: unknown): Promise<void>;
  /** Resolves with the message's row once `done` says so. */
  until(sid: string, done: (row: MessageRow) => boolean): Promise<MessageRow>;
  attemptsOf(sid: string): Promise<AttemptRow[]>;
  eventsOf(sid: string): Promise<string[]>;
  /** How often the sandbox's handset has it. */
  recordsOf(sid: string): Promise<number>;
  /** A second process on the same database. */
  another(): Promise<{ stop(): Promise<void> }>;
  stop(): Promise<void>;
}

export interface MessageRow {
  readonly id: Uuid;
  readonly status: string;
  readonly error_code: number | null;
  readonly from_address: string | null;
  readonly num_segments: number;
  readonly body: string;
  readonly due_at: Date | null;
  readonly lease_until: Date | null;
  readonly attempts: number;
}

export interface AttemptRow {
  readonly attempt: number;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly from_address: string;
}

const log = pino({ level: process.env["TRUNKLINE_TEST_LOG"] ?? "silent" });
const sealer = createSealer({ keys: [Buffer.alloc(32, 1)] });

export interface TestPathOptions {
  /** Does it send from the start? Default true. */
  readonly dispatch?: boolean;
}

export async function startMessagePath({ dispatch = true }: TestPathOptions = {}): Promise<TestPath> {
  const database = await testDatabase();
  const { db } = database;
  const clock = movableClock();
  const account = completeAccount({
    phoneNumbers: [ownNumber, secondNumber],
    apiKeys: [],
    accessKeys: [],
    clients: [],
  });
  await db.transaction((tx) => makeAccount({ tx, sealer }, account));
  const first = await startProcess(database, clock, dispatch);
  const processes = [first];
  const values = (sid: string) => [account.sid.slice(2), sid.slice(2)];
  const rowOf = async (sid: string): Promise<MessageRow> => {
    const [row] = await db.query<MessageRow & Record<string, unknown>>(
      "select * from messages where account_id = $1 and id = $2",
      values(sid),
    );
    if (row === undefined) throw new Error(`there is no message ${sid}`);
    return row;
  };
  return {
    ...first.path,
    db,
    accountSid: account.sid,
    advance: clock.advance,
    inject: (document) => first.path.faults.replace(account.sid, faultDocumentSchema.parse(document) as FaultDocument),
    async until(sid, done) {
      for (;;) {
        const row = await rowOf(sid);
        if (done(row)) return row;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    attemptsOf: (sid) =>
      db.query<AttemptRow & Record<string, unknown>>(
        "select * from attempts where account_id = $1 and message_id = $2 order by attempt",
        values(sid),
      ),
    async eventsOf(sid) {
      const rows = await db.query<{ type: string }>(
        "select type from events where account_id = $1 and message_id = $2 order by id",
        values(sid),
      );
      return rows.map((row) => row.type);
    },
    async recordsOf(sid) {
      const [row] = await db.query<{ count: number }>(
        "select count(*) from sandbox_messages where account_id = $1 and message_id = $2",
        values(sid),
      );
      return row?.count ?? 0;
    },
    async another() {
      const next = await startProcess(database, clock, true);
      processes.push(next);
      return next;
    },
    async stop() {
      for (const process of processes) await process.stop();
      await database.close();
    },
  };
}

interface MovableClock extends Clock {
  advance(ms: number): void;
}

function movableClock(): MovableClock {
  let offsetMs = 0;
  return {
    nowMs: () => Date.now() + offsetMs,
    advance(ms) {
      offsetMs += ms;
    },
  };
}

async function startProcess(database: TestDatabase, clock: Clock, dispatch: boolean) {
  const config = loadConfig({
    TRUNKLINE_SANDBOX_DELIVERY_MS: "0",
    TRUNKLINE_MASTER_KEY: "00".repeat(32),
    TRUNKLINE_ROLES: dispatch ? "all" : "api",
  });
  const queueDb = openDatabase({ ...database.connection, poolSize: 5, log });
  const opened = { db: database.db, queueDb, listDb: database.db, alone: false, close: () => queueDb.close() };
  const metrics = createMetrics();
  const path = createMessagePath({
    ...{ config, database: opened, sealer, clock, log, metrics },
    flagProvider: async () => undefined,
    recheckProvider: async () => undefined,
    upstreamUrls: createUpstreamUrls({
      ...{ keys: [Buffer.alloc(32, 1)], publicUrl: null, twilioBaseUrl: null },
      listeningOrigin: () => null,
    }),
  });
  for (const service of path.services) await service.start();
  let stopped = false;
  return {
    path,
    async stop() {
      if (stopped) return;
      stopped = true;
      for (const service of path.services.toReversed()) await service.stop();
      metrics.close();
      await queueDb.close();
    },
  };
}
