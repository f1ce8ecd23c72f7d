// The verdict: what the clients were told against what the database, the API and the sandbox's own record say. Nothing
// accepted may be missing, nothing may have been sent twice, and nothing may exist that nobody asked for.

import { setTimeout as delay } from "node:timers/promises";
import { uuidOf } from "../../src/core/ids.ts";
import type { Database } from "../../src/store/database.ts";
import { processAccount, processAuthorization } from "../support/gateway-process.ts";
import { type CallbackLog, callbackProblem } from "./callback-log.ts";
import type { Ledger } from "./ledger.ts";

export interface VerifyInput {
  readonly url: string;
  readonly db: Database;
  readonly ledger: Ledger;
  readonly callbacks: CallbackLog;
}

export interface Findings {
  readonly violations: readonly string[];
  readonly messages: number;
  /** Stored although their answer was lost. */
  readonly unanswered: number;
}

const problemsShown = 10;

/** Resolves when nothing is left to send, report or call back, to the milliseconds that it took. */
export async function untilDrained(db: Database, timeoutMs: number): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    // A database that was killed a moment ago is not back yet.
    const left = await whatIsLeft(db).catch((error: unknown) => ({ unknown: 1, error: String(error) }));
    if (Object.values(left).every((count) => count === 0)) return performance.now() - startedAt;
    if (performance.now() - startedAt > timeoutMs) {
      throw new Error(`not drained after ${timeoutMs} ms: ${JSON.stringify(left)}`);
    }
    await delay(50);
  }
}

async function whatIsLeft(db: Database): Promise<Record<string, number>> {
  const [row] = await db.query<Record<string, number>>(`
    select (select count(*) from messages where due_at is not null or lease_until is not null
        or status not in ('delivered', 'undelivered', 'failed')) as messages,
      (select count(*) from sandbox_reports) as reports,
      (select count(*) from callbacks where state = 'pending') as callbacks`);
  return row ?? {};
}

interface StoredMessage {
  readonly sid: string;
  readonly body: string;
  readonly status: string;
}

export async function verify(input: VerifyInput): Promise<Findings> {
  const violations: string[] = [];
  const add = (found: readonly string[]) => {
    violations.push(...found.slice(0, problemsShown));
    if (found.length > problemsShown) violations.push(`… and ${found.length - problemsShown} more of that kind`);
  };
  add(input.ledger.violations);
  add(idleLoad(input.ledger));
  const messages = await listAllMessages(input.url);
  const bySid = new Map(messages.map((message) => [message.sid, message]));
  add(missingOrNotFinal(input.ledger, bySid));
  const { found, unanswered } = unexpectedMessages(input.ledger, messages);
  add(found);
  add(await sqlViolations(input.db, messages.length));
  add(
    messages.flatMap(({ sid }) => {
      const problem = callbackProblem(input.callbacks.bySid.get(sid) ?? []);
      return problem === null ? [] : [`${sid} ${problem}`];
    }),
  );
  return { violations, messages: messages.length, unanswered };
}

/** A load that proves nothing: nothing accepted, no key ever repeated. */
function idleLoad({ created, replays }: Ledger): string[] {
  return [...(created === 0 ? ["nothing was accepted"] : []), ...(replays === 0 ? ["no key was ever repeated"] : [])];
}

/** Every message of the account, page by page, as a client sees them. */
async function listAllMessages(url: string): Promise<StoredMessage[]> {
  const all: StoredMessage[] = [];
  let path: string | null = `/2010-04-01/Accounts/${processAccount.sid}/Messages.json?PageSize=1000`;
  while (path !== null) {
    const response: Response = await fetch(url + path, { headers: { authorization: processAuthorization } });
    if (response.status !== 200) throw new Error(`listing messages: ${response.status} ${await response.text()}`);
    const page = (await response.json()) as { messages: StoredMessage[]; next_page_uri: string | null };
    all.push(...page.messages);
    path = page.next_page_uri;
  }
  return all;
}

function missingOrNotFinal(ledger: Ledger, bySid: ReadonlyMap<string, StoredMessage>): string[] {
  return ledger.entries.flatMap(({ sid, body }) => {
    if (sid === null) return [];
    const message = bySid.get(sid);
    if (message === undefined) return [`LOST: ${sid} was accepted with a 201 and is not there`];
    if (message.body !== body) return [`${sid} has another text than was accepted`];
    return message.status === "delivered" ? [] : [`${sid} ended as ${message.status}`];
  });
}

/** Messages that no request explains: a repeated key that made two, or an answer other than what was stored. */
function unexpectedMessages(ledger: Ledger, messages: readonly StoredMessage[]) {
  const byBody = new Map(ledger.entries.map((entry) => [entry.body, entry]));
  const seen = new Set<string>();
  let unanswered = 0;
  const found = messages.flatMap(({ sid, body, status }) => {
    const entry = byBody.get(body);
    if (entry === undefined) return [`${sid} was never asked for`];
    if (seen.has(body)) return [`TWICE: one request made two messages (${entry.key ?? "without a key"}), ${sid}`];
    seen.add(body);
    if (entry.sid === sid) return [];
    if (entry.sid !== null) return [`${sid} is stored, but ${entry.sid} was answered`];
    unanswered += 1;
    if (!entry.uncertain) return [`${sid} is stored, but its request was refused`];
    return status === "delivered" ? [] : [`${sid} (answer lost) ended as ${status}`];
  });
  return { found, unanswered };
}

/** The sandbox keeps what was handed to it and never de-duplicates: it is the judge of "sent twice". */
async function sqlViolations(db: Database, listed: number): Promise<string[]> {
  const values = [uuidOf(processAccount.sid)];
  const twice = await db.query<{ id: string; records: number }>(
    `select message_id as id, count(*) as records from sandbox_messages
     where account_id = $1 and direction = 'to-handset' group by message_id having count(*) > 1`,
    values,
  );
  const strays = await db.query<{ id: string }>(
    `select s.message_id as id from sandbox_messages s
     where s.account_id = $1 and s.direction = 'to-handset'
       and not exists (select from messages m where m.account_id = s.account_id and m.id = s.message_id)`,
    values,
  );
  const never = await db.query<{ id: string }>(
    `select m.id from messages m where m.account_id = $1 and not exists
       (select from sandbox_messages s where s.account_id = m.account_id and s.message_id = m.id)`,
    values,
  );
  const attempts = await db.query<{ id: string; n: number }>(
    `select message_id as id, count(*) filter (where outcome in ('accepted', 'adopted')) as n from attempts
     where account_id = $1 group by message_id having count(*) filter (where outcome in ('accepted', 'adopted')) <> 1`,
    values,
  );
  const [count] = await db.query<{ n: number }>("select count(*) as n from messages where account_id = $1", values);
  return [
    ...twice.map(({ id, records }) => `TWICE: the handset got ${id} ${records} times`),
    ...strays.map(({ id }) => `the handset got ${id}, which is no message`),
    ...never.map(({ id }) => `${id} never reached the handset`),
    ...attempts.map(({ id, n }) => `${id} has ${n} attempts that its provider took`),
    ...(count?.n === listed ? [] : [`the API lists ${listed} messages, the database has ${count?.n}`]),
  ];
}
