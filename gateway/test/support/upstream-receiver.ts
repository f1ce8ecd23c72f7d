// A gateway as far as its upstream sees it: it hands messages to a real second gateway, and takes delivery reports and
// inbound messages from there over HTTP. Call stop() when done.

import type { AddressInfo } from "node:net";
import { createUpstreamIntake, type UpstreamIntake } from "../../src/app/upstream-intake.ts";
import type { Handover } from "../../src/carriers/carrier.ts";
import { createUpstreamUrls, type UpstreamUrls } from "../../src/core/callbacks/upstream-url.ts";
import { type Clock, systemClock } from "../../src/core/clock.ts";
import { createSealer } from "../../src/core/credentials/seal.ts";
import { type AccountSid, type MessageSid, newUuid, sidOf, type Uuid, uuidOf } from "../../src/core/ids.ts";
import type { ProviderWithSecrets } from "../../src/core/providers/provider.ts";
import { createHooksFacade } from "../../src/facades/hooks/index.ts";
import { createListener } from "../../src/facades/listener.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import { createReports } from "../../src/services/dispatch/apply-reports.ts";
import { createInbound } from "../../src/services/inbound/inbound.ts";
import { newReportPoll } from "../../src/services/report-polling/new-poll.ts";
import { createReportPolling } from "../../src/services/report-polling/report-polling.ts";
import type { Service } from "../../src/services/service.ts";
import type { Database } from "../../src/store/database.ts";
import { deleteProvider, findProvider, insertProvider } from "../../src/store/providers.ts";
import { insertReportPolls } from "../../src/store/report-polls.ts";
import { releaseSenders } from "../../src/store/upstream-senders.ts";
import { testDatabase } from "./database.ts";
import { insertMessageAccount, type MessageAccount } from "./message-account.ts";
import { silentLog } from "./sandbox.ts";
import { testTwilio, twilioHandover } from "./twilio-carrier.ts";

export interface ReceiverOptions {
  readonly publicUrl?: string;
  readonly trustedProxies?: readonly string[];
  readonly clock?: Clock;
  readonly config?: Readonly<Record<string, unknown>>;
  /** Default: the upstream account's auth token. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** The upstream's account, as the provider names it. */
interface UpstreamAccount {
  readonly url: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly numbers: readonly string[];
}

export interface UpstreamReceiver {
  /** Where it listens. */
  readonly url: string;
  readonly db: Database;
  readonly account: MessageAccount;
  readonly providerId: Uuid;
  readonly urls: UpstreamUrls;
  readonly intake: UpstreamIntake;
  provider(): Promise<ProviderWithSecrets>;
  setSecrets(secrets: Readonly<Record<string, string>>): Promise<void>;
  /** Hands a new message to the upstream and stores the outcome as dispatch does; resolves to its SID. */
  send(to?: string): Promise<MessageSid>;
  /** A message with an attempt whose outcome is not stored. */
  begin(options?: { readonly status?: string; readonly outcome?: string | null }): Promise<Handover>;
  messageOf(
    sid: string,
  ): Promise<{ readonly status: string; readonly error_code: number | null; readonly due_at: Date | null }>;
  attemptsOf(sid: string): Promise<Record<string, unknown>[]>;
  eventsOf(sid: string): Promise<string[]>;
  /** Another process on the same database that asks for reports; a round ends after `roundMs`. */
  polling(options?: { readonly roundMs?: number }): Service;
  /** The provider again, under the same id. */
  addProvider(secrets: Readonly<Record<string, string>>): Promise<void>;
  /** As an operator does: at once, whatever is under way. */
  removeProvider(): Promise<void>;
  stop(): Promise<void>;
}

const masterKey = Buffer.alloc(32, 7);

export async function startUpstreamReceiver(
  upstream: UpstreamAccount,
  options: ReceiverOptions = {},
): Promise<UpstreamReceiver> {
  const { publicUrl = null, trustedProxies = [], clock = systemClock } = options;
  const database = await testDatabase();
  const { db } = database;
  const sealer = createSealer({ keys: [masterKey] });
  const account = await insertMessageAccount(db);
  const { accountSid } = account;
  const providerId = newUuid();
  const config = { accountSid: upstream.accountSid, baseUrl: upstream.url, ...options.config };
  const addProvider = async (secrets: Readonly<Record<string, string>>) => {
    await insertProvider(db, sealer, { accountSid, id: providerId, kind: "twilio", name: "upstream", config, secrets });
  };
  await addProvider(options.secrets ?? { authToken: upstream.authToken });
  await account.addSender({ address: String(upstream.numbers[0]), providerId });

  let listeningAt: string | null = null;
  const urls = createUpstreamUrls({
    keys: [masterKey],
    publicUrl,
    listeningOrigin: () => listeningAt,
    twilioBaseUrl: null,
  });
  const { carrier, upstream: client, close } = testTwilio({ statusCallbackUrl: urls.statusCallbackUrl, clock });
  const nothing = () => undefined;
  const inbound = createInbound({ db, clock, wakeCallbacks: nothing, onStored: nothing });
  const reports = createReports({ clock, onReported: nothing });
  const wiring = {
    db,
    queueDb: db,
    sealer,
    clock,
    log: silentLog,
    reports,
    inbound,
    upstream: client,
    upstreamUrls: urls,
  };
  const intake = createUpstreamIntake({ ...wiring, wakeCallbacks: nothing });
  const metrics = createMetrics();
  const health = { draining: false, databaseUp: true };
  const app = createListener({ config: { publicUrl, trustedProxies }, log: silentLog, metrics, health, clock });
  await app.register(createHooksFacade({ ...intake, log: silentLog }));
  await app.listen({ host: "127.0.0.1", port: 0 });
  listeningAt = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const provider = async () => {
    const found = await findProvider(db, sealer, accountSid, providerId);
    if (found === null) throw new Error("the provider is gone");
    return found;
  };

  const begin: UpstreamReceiver["begin"] = async ({ status = "sending", outcome = null } = {}) => {
    const handover = twilioHandover({ accountSid, from: String(upstream.numbers[0]) });
    await storeOpen(db, handover, providerId, { status, outcome });
    return handover;
  };
  return {
    url: listeningAt,
    db,
    account,
    providerId,
    urls,
    intake,
    provider,
    begin,
    addProvider,
    async setSecrets(next) {
      const sealed = sealer.seal(JSON.stringify(next), `providers.secrets ${uuidOf(accountSid)} ${providerId}`);
      await db.query("update providers set secrets_sealed = $3 where account_id = $1 and id = $2", [
        uuidOf(accountSid),
        providerId,
        sealed,
      ]);
    },
    async send(to) {
      const handover = twilioHandover({
        accountSid,
        from: String(upstream.numbers[0]),
        ...(to === undefined ? {} : { to }),
      });
      await storeOpen(db, handover, providerId, { status: "sending", outcome: null });
      const stored = await provider();
      const outcome = await carrier.send(stored, handover, AbortSignal.timeout(10_000));
      if (outcome.kind !== "accepted") throw new Error(`the upstream did not take it: ${JSON.stringify(outcome)}`);
      const { messageSid, attempt } = handover;
      const { carrierMessageId } = outcome;
      await storeAccepted(db, handover, carrierMessageId);
      const nowMs = clock.nowMs();
      const poll = newReportPoll(urls, stored, { accountSid, messageSid, attempt, carrierMessageId }, nowMs);
      await insertReportPolls(db, poll === null ? [] : [poll], new Date(nowMs));
      return messageSid;
    },
    async messageOf(sid) {
      const [row] = await db.query<{ status: string; error_code: number | null; due_at: Date | null }>(
        "select status, error_code, due_at from messages where account_id = $1 and id = $2",
        [uuidOf(accountSid), uuidOf(sid)],
      );
      if (row === undefined) throw new Error(`there is no message ${sid}`);
      return row;
    },
    attemptsOf: (sid) =>
      db.query("select * from attempts where account_id = $1 and message_id = $2 order by attempt", [
        uuidOf(accountSid),
        uuidOf(sid),
      ]),
    async eventsOf(sid) {
      const rows = await db.query<{ type: string }>(
        "select type from events where account_id = $1 and message_id = $2 order by id",
        [uuidOf(accountSid), uuidOf(sid)],
      );
      return rows.map((row) => row.type);
    },
    polling: (parts = {}) => createReportPolling({ ...wiring, onApplied: nothing, ...parts }),
    removeProvider: () =>
      db.transaction(async (tx) => {
        await releaseSenders(tx, accountSid, providerId);
        await deleteProvider(tx, accountSid, providerId);
      }),
    async stop() {
      await app.close();
      await close();
      metrics.close();
      await database.close();
    },
  };
}

/** What the database says while a hand-over is under way. */
async function storeOpen(
  db: Database,
  { accountSid, messageSid, attempt, from, to, body }: Handover,
  providerId: Uuid,
  { status, outcome }: { readonly status: string; readonly outcome: string | null },
): Promise<void> {
  const [account, id] = [uuidOf(accountSid), uuidOf(messageSid)];
  await db.query(
    `insert into messages (account_id, id, direction, status, from_address, to_address, body, num_segments, num_media,
       created_at, updated_at, due_at, attempts)
     values ($1, $2, 'outbound-api', $3, $4, $5, $6, 1, 0, now(), now(), now() + interval '1 hour', $7)`,
    [account, id, status, from, to, body, attempt],
  );
  await db.query(
    `insert into attempts (account_id, message_id, attempt, provider_id, from_address, started_at, outcome)
     values ($1, $2, $3, $4, $5, now(), $6)`,
    [account, id, attempt, providerId, from, outcome],
  );
}

async function storeAccepted(
  db: Database,
  { accountSid, messageSid, attempt }: Handover,
  carrierMessageId: string,
): Promise<void> {
  const values = [uuidOf(accountSid), uuidOf(messageSid)];
  await db.query(
    `update messages set status = case status when 'sending' then 'sent' else status end, due_at = null
     where account_id = $1 and id = $2`,
    values,
  );
  await db.query(
    `update attempts set outcome = 'accepted', finished_at = now(), carrier_message_id = $4
     where account_id = $1 and message_id = $2 and attempt = $3`,
    [...values, attempt, carrierMessageId],
  );
}

/** A SID of the upstream's that nobody knows. */
export function unknownSid(): string {
  return sidOf<AccountSid>("SM", newUuid());
}

/** Resolves once `check` passes; rejects with its last failure when the time is over. */
export async function eventually<T>(check: () => Promise<T>, timeoutMs = 15_000): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
