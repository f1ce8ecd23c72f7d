// Claimed messages for tests of protection, and the settings that they are judged by.

import { pino } from "pino";
import { type AccountSid, type MessageSid, sidOf, uuidOf } from "../../src/core/ids.ts";
import type { ProtectionMode } from "../../src/core/protection/settings.ts";
import { protectionRulesSchema } from "../../src/core/protection/settings.ts";
import { createProtection } from "../../src/services/protection/create-protection.ts";
import type { Verdict } from "../../src/services/protection.ts";
import type { Database } from "../../src/store/database.ts";
import { lockProtectionSettings, storeProtectionSettings } from "../../src/store/protection.ts";
import type { ClaimedMessage } from "../../src/store/queue.ts";

export async function setProtection(
  db: Database,
  accountSid: AccountSid,
  mode: ProtectionMode | null,
  rules: object = {},
): Promise<void> {
  await db.transaction(async (tx) => {
    await lockProtectionSettings(tx, accountSid);
    await storeProtectionSettings(tx, accountSid, { mode, ...protectionRulesSchema.parse(rules) });
  });
}

let made = 0;

/** As dispatch claims one for the first time. `acceptedMs`: when it was accepted. */
export function claimedMessage(
  accountSid: AccountSid,
  { acceptedMs, ...parts }: Partial<ClaimedMessage> & { readonly acceptedMs?: number } = {},
): ClaimedMessage {
  const ms = (acceptedMs ?? Date.now()).toString(16).padStart(12, "0");
  made += 1;
  const id = `${ms}7000a${made.toString(16).padStart(15, "0")}`;
  return {
    ...{ accountSid, sid: sidOf<MessageSid>("SM", id), messagingServiceSid: null, direction: "outbound-api" },
    ...{ status: "queued", from: "+12025550100", to: "+12465550142", senderId: null, body: "Hello", numSegments: 1 },
    ...{
      numMedia: 0,
      statusCallback: null,
      options: {},
      expired: false,
      lateMs: 0,
      claim: 1,
      attempts: 0,
      paced: false,
    },
    ...parts,
  };
}

/** `count` messages to numbers of one prefix. */
export function burst(accountSid: AccountSid, count: number, prefix = "+1246555"): ClaimedMessage[] {
  return Array.from({ length: count }, (_, index) =>
    claimedMessage(accountSid, { to: prefix + String(index).padStart(4, "0") }),
  );
}

export interface CounterRow extends Record<string, unknown> {
  readonly scope: string;
  readonly key: string;
  readonly in_hour: number;
}

export function countersOf(db: Database, accountSid: AccountSid): Promise<CounterRow[]> {
  return db.query<CounterRow>("select * from protection_counters where account_id = $1 order by scope, key", [
    uuidOf(accountSid),
  ]);
}

export interface DecisionRow extends Record<string, unknown> {
  readonly rule: string;
  readonly action: string;
  readonly explanation: string;
}

export function decisionsOf(db: Database, accountSid: AccountSid): Promise<DecisionRow[]> {
  return db.query<DecisionRow>("select * from protection_decisions where account_id = $1 order by id", [
    uuidOf(accountSid),
  ]);
}

/** In the middle of an hour, at noon in Barbados. */
export const noon = Date.parse("2026-11-20T16:25:00Z");

/** One process' protection, with a clock that stands still until it is moved. */
export function protectionProcess(db: Database, nowMs = noon) {
  let now = nowMs;
  const statements: string[] = [];
  const told: Record<string, number> = {};
  const noting: Database = {
    ...db,
    query(statement, values) {
      statements.push(typeof statement === "string" ? statement : statement.name);
      return db.query(statement, values);
    },
    transaction(work, options) {
      statements.push("transaction");
      return db.transaction(work, options);
    },
  };
  const protection = createProtection({
    db: noting,
    queueDb: noting,
    clock: { nowMs: () => now },
    log: pino({ level: "silent" }),
    onDecision: (rule, mode, count) => {
      told[`${rule} ${mode}`] = (told[`${rule} ${mode}`] ?? 0) + count;
    },
  });
  return {
    judge: protection.judge,
    statements,
    told,
    moveTo(ms: number) {
      now = ms;
    },
  };
}

export const kinds = (verdicts: readonly Verdict[]) => verdicts.map(({ kind }) => kind);
export const passed = (verdicts: readonly Verdict[]) => verdicts.filter(({ kind }) => kind === "pass").length;
