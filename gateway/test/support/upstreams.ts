// Gateways as the upstreams of a gateway: providers that lead to them, and what both sides say of a message. An upstream's
// own sandbox record is the judge of "was it sent, and how often?".

import { newUuid, type Uuid, uuidOf } from "../../src/core/ids.ts";
import { setFallbackChain } from "../../src/store/accounts.ts";
import { insertProvider } from "../../src/store/providers.ts";
import type { TestAccount, TestGateway } from "./gateway.ts";
import { callsOf } from "./twilio-call.ts";

export interface UpstreamProvider {
  readonly name: string;
  /** Where its messages go: an upstream, or a way to it. */
  readonly baseUrl: string;
  /** Whose credentials it has there. */
  readonly account: Pick<TestAccount, "accountSid" | "authToken" | "numbers">;
  /** Beside address, account and number. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** A provider of the gateway's account that sends from the upstream account's first number. */
export async function addProvider(
  { db, sealer, accountSid }: TestGateway,
  { name, baseUrl, account, config = {} }: UpstreamProvider,
): Promise<Uuid> {
  const id = newUuid();
  await insertProvider(db, sealer, {
    ...{ accountSid, id, kind: "twilio", name },
    config: { baseUrl, accountSid: account.accountSid, fromNumber: account.numbers[0], ...config },
    secrets: { authToken: account.authToken },
  });
  return id;
}

/** In effect for what is accepted from now on, once the memory of the old one has passed. */
export function chain({ db, accountSid }: TestGateway, ...providers: readonly Uuid[]): Promise<void> {
  return setFallbackChain(db, accountSid, providers);
}

/** Accepts a message; resolves to its SID. */
export async function accept(gateway: TestGateway, form: Readonly<Record<string, string>>): Promise<string> {
  const { status, json, text } = await callsOf(gateway.url, gateway)("/Messages.json", { form });
  if (status !== 201) throw new Error(`not accepted: ${status} ${text}`);
  return String(json?.["sid"]);
}

export interface AttemptSeen {
  readonly attempt: number;
  readonly provider: string;
  readonly outcome: string | null;
  readonly code: number | null;
  readonly reason: string | null;
  readonly from: string;
}

export async function attemptsOf({ db, accountSid }: TestGateway, sid: string): Promise<AttemptSeen[]> {
  return db.query<AttemptSeen & Record<string, unknown>>(
    `select a.attempt, p.name as provider, a.outcome, a.error_code as code, a.reason, a.from_address as from
     from attempts a join providers p on p.account_id = a.account_id and p.id = a.provider_id
     where a.account_id = $1 and a.message_id = $2 order by a.attempt`,
    [uuidOf(accountSid), uuidOf(sid)],
  );
}

export interface MessageSeen {
  readonly status: string;
  readonly code: number | null;
  readonly from: string | null;
}

/** Resolves once it holds; the test's own time limit ends the wait. For tests that run at the same time. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Resolves when the gateway has nothing more to do for the message: it is with a provider, or has failed. */
export async function untilHandedOver({ db, accountSid }: TestGateway, sid: string): Promise<MessageSeen> {
  for (;;) {
    const [row] = await db.query<MessageSeen & { due: boolean } & Record<string, unknown>>(
      `select status, error_code as code, from_address as from, due_at is not null as due from messages
       where account_id = $1 and id = $2`,
      [uuidOf(accountSid), uuidOf(sid)],
    );
    if (row === undefined) throw new Error(`there is no message ${sid}`);
    const { due, ...message } = row;
    if (!due) return message;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** How often the handsets of an upstream got each text. */
export async function receivedTexts({ db }: TestGateway): Promise<ReadonlyMap<string, number>> {
  const rows = await db.query<{ body: string; count: number }>(
    "select body, count(*)::int as count from sandbox_messages where direction = 'to-handset' group by body",
  );
  return new Map(rows.map(({ body, count }) => [body, count]));
}

/** The events of a message with their data, oldest first. */
export async function eventsOf(
  { db, accountSid }: TestGateway,
  sid: string,
): Promise<{ readonly type: string; readonly data: Readonly<Record<string, unknown>> | null }[]> {
  return db.query("select type, data from events where account_id = $1 and message_id = $2 order by id", [
    uuidOf(accountSid),
    uuidOf(sid),
  ]);
}
