// A sandbox on a real database for tests: an account, the record, the fault rules and the carrier, without any delay
// of delivery unless asked for.

import { pino } from "pino";
import type { CarrierProvider, Handover } from "../../src/carriers/carrier.ts";
import type { SandboxSettings } from "../../src/carriers/sandbox/record.ts";
import { createSandboxCarrier } from "../../src/carriers/sandbox/sandbox.ts";
import { type Clock, systemClock } from "../../src/core/clock.ts";
import { type AccountSid, type MessageSid, newUuid, sidOf, uuidOf } from "../../src/core/ids.ts";
import { faultDocumentSchema } from "../../src/core/sandbox/fault-rules.ts";
import { createSandboxFaults } from "../../src/services/sandbox/faults.ts";
import { createSandboxRecord } from "../../src/services/sandbox/record.ts";
import type { Database } from "../../src/store/database.ts";

export const silentLog = pino({ level: "silent" });

export interface TestSandboxOptions {
  readonly clock?: Clock;
  readonly settings?: SandboxSettings;
  readonly onReportsDue?: (dueAtMs: number) => void;
}

export type TestSandbox = ReturnType<typeof testSandbox>;

export function testSandbox(db: Database, options: TestSandboxOptions = {}) {
  const { clock = systemClock, settings = { deliveryMs: 0, deliveryJitterMs: 0 } } = options;
  const record = createSandboxRecord({ db, clock, onReportsDue: options.onReportsDue ?? (() => undefined) });
  const faults = createSandboxFaults({ db, clock });
  const carrier = createSandboxCarrier({ record, faults, clock, log: silentLog, settings, aloneSinceMs: null });
  return {
    carrier,
    record,
    faults,
    /** Replaces the account's rules; takes what a person would write. */
    async inject(accountSid: AccountSid, document: unknown): Promise<void> {
      await faults.replace(accountSid, faultDocumentSchema.parse(document));
    },
    send: (handover: Handover, signal = new AbortController().signal) =>
      carrier.send(sandboxProvider(handover.accountSid), handover, signal),
    lookup: (handover: Handover, signal = new AbortController().signal) =>
      carrier.lookup(sandboxProvider(handover.accountSid), handover, signal),
  };
}

export function sandboxProvider(accountSid: AccountSid): CarrierProvider {
  return { accountSid, id: newUuid(), kind: "sandbox", name: "sandbox", config: {}, secrets: {} };
}

/** A bare account row, enough for the sandbox's tables. */
export async function insertBareAccount(db: Database): Promise<AccountSid> {
  const id = newUuid();
  await db.query(
    `insert into accounts (id, friendly_name, environment_id, tenant_id, resource_owner, auth_token_sealed)
     values ($1, 'test', $1, $1, $2, '')`,
    [id, id],
  );
  return sidOf<AccountSid>("AC", id);
}

export function newHandover(accountSid: AccountSid, parts: Partial<Handover> = {}): Handover {
  return {
    accountSid,
    messageSid: sidOf<MessageSid>("SM", newUuid()),
    attempt: 1,
    from: "+12025550100",
    to: "+12025550123",
    body: "Your code is 123456",
    mediaUrls: [],
    numSegments: 1,
    startedAt: new Date(),
    sendUntilMs: Number.POSITIVE_INFINITY,
    ...parts,
  };
}

/** How often the sandbox took a message with this recipient and body. */
export async function recordsOf(db: Database, { accountSid, to, body }: Handover): Promise<number> {
  const rows = await db.query<{ n: number }>(
    `select count(*)::integer as n from sandbox_messages
     where account_id = $1 and handset = $2 and body = $3 and direction = 'to-handset'`,
    [uuidOf(accountSid), to, body],
  );
  return rows[0]?.n ?? 0;
}
