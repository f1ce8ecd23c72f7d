// Looks at what a gateway has stored: is everything there that it answered for, exactly once and as it was sent?

import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { until } from "../child.ts";
import { subscriberOf } from "../load/load.ts";
import { bodyOf } from "./request.ts";
import type { Gateway } from "./start.ts";

const SAMPLE = 1000;
const DRAIN_PATIENCE_MS = 600_000;

async function countMessages(gateway: Gateway): Promise<number> {
  const [row] = await gateway.sql<{ count: string }>("select count(*) from messages");
  return Number(row?.count);
}

/** The number of messages, once requests that were cut off at the end of a load have been dealt with. */
export async function settledCount(gateway: Gateway): Promise<number> {
  let last = -1;
  for (let count = await countMessages(gateway); count !== last; count = await countMessages(gateway)) {
    last = count;
    await delay(300);
  }
  return last;
}

/** Throws unless a random sample of the messages has the recipient and body that were sent. */
export async function assertSampleMatches(gateway: Gateway): Promise<number> {
  const rows = await gateway.sql<{ to_address: string; body: string }>(
    "select to_address, body from messages order by random() limit $1",
    [SAMPLE],
  );
  for (const { to_address, body } of rows) {
    const n = Number(/\d+$/.exec(body)?.[0]);
    assert.equal(body, bodyOf(n), "a stored body differs from what was sent");
    assert.equal(to_address, `+1415${subscriberOf(n)}`, "a stored recipient differs from what was sent");
  }
  return rows.length;
}

/** Waits until nothing is queued and no delivery report is owed. */
export async function untilDrained(gateway: Gateway): Promise<void> {
  const isDrained = async () => {
    const [row] = await gateway.sql<{ busy: boolean }>(
      "select exists (select from messages where due_at is not null) or exists (select from sandbox_reports) as busy",
    );
    return row?.busy === false;
  };
  await until("everything is delivered", isDrained, { everyMs: 200, patienceMs: DRAIN_PATIENCE_MS });
}

export interface Deliveries {
  readonly delivered: number;
  readonly firstAcceptedAt: Date;
  readonly lastDeliveredAt: Date;
}

/** Throws unless every message was delivered and stands in the sandbox's own record exactly once. */
export async function assertDeliveredOnce(gateway: Gateway): Promise<Deliveries> {
  const [messages] = await gateway.sql<{ total: string; delivered: string; first: Date; last: Date }>(
    `select count(*) as total, count(*) filter (where status = 'delivered') as delivered,
       min(created_at) as first, max(updated_at) as last
     from messages`,
  );
  const [record] = await gateway.sql<{ total: string; distinct: string }>(
    `select count(*) as total, count(distinct message_id) as distinct
     from sandbox_messages where direction = 'to-handset'`,
  );
  assert(messages !== undefined && record !== undefined);
  assert.equal(messages.delivered, messages.total, "messages that were not delivered");
  assert.equal(record.distinct, messages.total, "messages that the sandbox has not seen");
  assert.equal(record.total, messages.total, "messages that the sandbox has seen twice");
  return { delivered: Number(messages.delivered), firstAcceptedAt: messages.first, lastDeliveredAt: messages.last };
}
