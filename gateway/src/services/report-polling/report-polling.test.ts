import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../test/support/gateway.ts";
import { insertMessageAccount } from "../../../test/support/message-account.ts";
import { startReverseProxy } from "../../../test/support/reverse-proxy.ts";
import {
  eventually,
  type ReceiverOptions,
  startUpstreamReceiver,
  type UpstreamReceiver,
} from "../../../test/support/upstream-receiver.ts";
import { uuidOf } from "../../core/ids.ts";
import type { Database } from "../../store/database.ts";
import { claimPolledProviders, releasePolledProvider } from "../../store/report-polls.ts";
import type { Service } from "../service.ts";

let upstream: TestGateway;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  upstream = await startTestGateway({ dispatch: true });
});
afterAll(() => upstream.stop());
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const minuteMs = 60_000;
const many = { total: 10, perAccount: 10 };
const polled = { config: { reports: "polling" } };

function movableClock() {
  let offsetMs = 0;
  return {
    nowMs: () => Date.now() + offsetMs,
    advance(ms: number) {
      offsetMs += ms;
    },
  };
}

async function start(options: ReceiverOptions = {}) {
  const clock = movableClock();
  const receiver = await startUpstreamReceiver(upstream, { ...options, clock });
  closers.push(receiver.stop);
  return { receiver, clock };
}

async function run(polling: Service): Promise<void> {
  await polling.start();
  closers.push(polling.stop);
}

const pollsOf = (receiver: UpstreamReceiver): Promise<{ tries: number; due_at: Date }[]> =>
  receiver.db.query("select tries, due_at from report_polls where account_id = $1", [
    uuidOf(receiver.account.accountSid),
  ]);

async function allDelivered(receiver: UpstreamReceiver, sids: readonly string[]): Promise<void> {
  for (const sid of sids) {
    await eventually(async () => expect(await receiver.messageOf(sid)).toMatchObject({ status: "delivered" }));
    expect((await receiver.eventsOf(sid)).filter((type) => type === "message.delivered")).toHaveLength(1);
  }
  expect(await pollsOf(receiver)).toEqual([]);
}

/** A poll that came before would be told no more than that it was sent. */
async function untilUpstreamDelivered(receiver: UpstreamReceiver, sids: readonly string[]): Promise<void> {
  for (const sid of sids) {
    const [attempt] = await receiver.attemptsOf(sid);
    await eventually(async () => {
      const id = uuidOf(String(attempt?.["carrier_message_id"]));
      const values = [uuidOf(upstream.accountSid), id];
      const rows = await upstream.db.query("select status from messages where account_id = $1 and id = $2", values);
      expect(rows).toEqual([{ status: "delivered" }]);
    });
  }
}

describe("polling for delivery reports", () => {
  it("brings them where nobody calls back, few messages one by one and many by lists, with several processes", async () => {
    const { receiver, clock } = await start(polled);
    for (const count of [2, 30]) {
      const sids = await Promise.all(Array.from({ length: count }, () => receiver.send()));
      expect(await pollsOf(receiver)).toHaveLength(count);
      await untilUpstreamDelivered(receiver, sids);
      clock.advance(6_000);
      const processes = [receiver.polling(), receiver.polling()];
      for (const process of processes) await process.start();
      await allDelivered(receiver, sids);
      for (const process of processes) await process.stop();
    }
  });

  it("is the safety net for reports that should have been called in, ten minutes later", async () => {
    const { receiver, clock } = await start({ publicUrl: "http://127.0.0.1:9" });
    const sid = await receiver.send();
    await untilUpstreamDelivered(receiver, [sid]);
    await run(receiver.polling());
    clock.advance(9 * minuteMs);
    const [before] = await pollsOf(receiver);
    expect(before).toMatchObject({ tries: 0 });
    expect(await receiver.messageOf(sid)).toMatchObject({ status: "sent" });
    clock.advance(2 * minuteMs);
    await allDelivered(receiver, [sid]);
  });

  it("asks nothing about messages that have come to an end by themselves", async () => {
    const proxy = await startReverseProxy({ target: () => upstream.url });
    closers.push(proxy.close);
    const { receiver, clock } = await start({ config: { reports: "polling", baseUrl: proxy.origin } });
    const sid = await receiver.send();
    await receiver.db.query("update messages set status = 'delivered' where id = $1", [uuidOf(sid)]);
    const asked = proxy.paths.length;
    clock.advance(minuteMs);
    await run(receiver.polling());
    await eventually(async () => expect(await pollsOf(receiver)).toEqual([]));
    expect(proxy.paths.length).toBe(asked);
  });

  it("leaves a provider alone that does not answer, and goes on where it was", async () => {
    let target = upstream.url;
    const proxy = await startReverseProxy({ target: () => target });
    closers.push(proxy.close);
    const { receiver, clock } = await start({ config: { reports: "polling", baseUrl: proxy.origin } });
    const sid = await receiver.send();
    await untilUpstreamDelivered(receiver, [sid]);
    target = "http://127.0.0.1:9";
    clock.advance(10_000);
    await run(receiver.polling());
    await eventually(async () =>
      expect(await receiver.db.query("select failures from report_pollers")).toMatchObject([{ failures: 1 }]),
    );
    expect(await pollsOf(receiver)).toMatchObject([{ tries: 0 }]);
    target = upstream.url;
    clock.advance(minuteMs);
    await allDelivered(receiver, [sid]);
    expect(await receiver.db.query("select failures from report_pollers")).toMatchObject([{ failures: 0 }]);
  });

  it("leaves a provider alone that does not come to an end, and lets others have their turn", async () => {
    const hanging = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(hanging, "listening");
    const baseUrl = `http://127.0.0.1:${(hanging.address() as AddressInfo).port}`;
    closers.push(async () => {
      hanging.closeAllConnections();
      hanging.close();
    });
    const { receiver, clock } = await start(polled);
    const sid = await receiver.send();
    await receiver.db.query("update providers set config = config || jsonb_build_object('baseUrl', $1::text)", [
      baseUrl,
    ]);
    clock.advance(10_000);
    await run(receiver.polling({ roundMs: 100 }));
    await eventually(async () =>
      expect(
        await receiver.db.query("select failures, resume_at > lease_until as rests from report_pollers"),
      ).toMatchObject([{ failures: 1, rests: true }]),
    );
    expect(await receiver.messageOf(sid)).toMatchObject({ status: "sent" });
  });

  it("brings the reports that can be stored although one cannot be, and asks for that one later", async () => {
    const { receiver, clock } = await start(polled);
    const sids = await Promise.all(Array.from({ length: 10 }, () => receiver.send()));
    await untilUpstreamDelivered(receiver, sids);
    const [odd, ...rest] = sids;
    await receiver.db.query(
      `create function refuse() returns trigger language plpgsql as $$ begin raise 'out of range'; end $$;
       create trigger refuse before insert on events for each row when (new.message_id = '${uuidOf(String(odd))}')
         execute function refuse()`,
    );
    clock.advance(6_000);
    await run(receiver.polling());
    for (const sid of rest) {
      await eventually(async () => expect(await receiver.messageOf(sid)).toMatchObject({ status: "delivered" }));
    }
    await eventually(async () => expect(await pollsOf(receiver)).toMatchObject([{ tries: 1 }]));
    await receiver.db.query("drop trigger refuse on events");
    clock.advance(minuteMs);
    await allDelivered(receiver, sids);
  });

  it("goes on for what a provider took before it was deleted, until no report counts any more", async () => {
    const { receiver, clock } = await start(polled);
    const sids = await Promise.all(Array.from({ length: 8 }, () => receiver.send()));
    await untilUpstreamDelivered(receiver, sids);
    const late = await receiver.send();
    await receiver.db.query(
      "update report_polls set carrier_message_id = 'SM' || repeat('0', 32) where message_id = $1",
      [uuidOf(late)],
    );
    await receiver.removeProvider();
    await expect(receiver.provider()).rejects.toThrow();
    clock.advance(6_000);
    const first = receiver.polling();
    await first.start();
    for (const sid of sids) {
      await eventually(async () => expect(await receiver.messageOf(sid)).toMatchObject({ status: "delivered" }));
    }
    await first.stop();
    expect(await pollsOf(receiver)).toHaveLength(1);
    clock.advance(37 * 60 * minuteMs);
    await run(receiver.polling());
    await eventually(async () => {
      expect(await receiver.db.query("select 1 from retired_providers")).toEqual([]);
      expect(await pollsOf(receiver)).toEqual([]);
      expect(await receiver.db.query("select 1 from report_pollers")).toEqual([]);
    });
  });

  it("asks ever more seldom about what the upstream does not know, and gives it up in the end", async () => {
    const { receiver, clock } = await start(polled);
    const sid = await receiver.send();
    await receiver.db.query("update report_polls set carrier_message_id = 'SM' || repeat('0', 32)");
    await run(receiver.polling());
    for (let tries = 1; tries <= 3; tries++) {
      clock.advance(6 * minuteMs);
      await eventually(async () => expect(await pollsOf(receiver)).toMatchObject([{ tries }]));
    }
    clock.advance(40 * 60 * minuteMs);
    await eventually(async () => expect(await pollsOf(receiver)).toEqual([]));
    expect(await receiver.messageOf(sid)).toMatchObject({ status: "sent" });
  });
});

/** Providers of a new account that always have something due; resolves to their ids. */
async function busyProviders(db: Database, count: number): Promise<string[]> {
  const { accountSid } = await insertMessageAccount(db);
  const rows = await db.query<{ id: string }>(
    `with made as (
       insert into providers (account_id, id, name, kind)
       select $1, gen_random_uuid(), 'busy ' || n, 'twilio' from generate_series(1, $2::integer) n returning account_id, id)
     insert into report_polls (account_id, message_id, attempt, provider_id, carrier_message_id, sent_at, called_back, due_at)
     select account_id, gen_random_uuid(), 1, id, 'SM1', '-infinity', false, '-infinity' from made
     returning provider_id as id`,
    [uuidOf(accountSid), count],
  );
  return rows.map(({ id }) => id);
}

describe("the lease on a provider", () => {
  it("is one process's at a time, and passes on when it has run out", async () => {
    const { receiver, clock } = await start(polled);
    await receiver.send();
    clock.advance(10_000);
    const now = new Date(clock.nowMs());
    const end = new Date(now.getTime() + minuteMs);
    const claims = await Promise.all([1, 2, 3, 4].map(() => claimPolledProviders(receiver.db, now, end, many)));
    expect(claims.flat()).toHaveLength(1);
    expect(await claimPolledProviders(receiver.db, now, end, many)).toEqual([]);
    const [lost] = claims.flat();
    const later = new Date(end.getTime() + 1);
    const [next] = await claimPolledProviders(receiver.db, later, new Date(later.getTime() + minuteMs), many);
    expect(next?.claim).toBe(2);
    if (lost !== undefined) await releasePolledProvider(receiver.db, lost, later, { resumeAt: null, failures: 0 });
    expect(await claimPolledProviders(receiver.db, later, end, many)).toEqual([]);
  });

  it("goes round among providers that all have something due, whoever's they are", async () => {
    const { receiver } = await start(polled);
    const { db } = receiver;
    const busy = [...(await busyProviders(db, 6)), ...(await busyProviders(db, 1))];
    const asked: string[] = [];
    for (let turn = 0; turn < 4 * busy.length; turn++) {
      const now = new Date(Date.now() + turn);
      const [lease] = await claimPolledProviders(db, now, new Date(now.getTime() + minuteMs), { ...many, total: 1 });
      if (lease === undefined) throw new Error("nobody to be asked");
      asked.push(lease.providerId);
      await releasePolledProvider(db, lease, now, { resumeAt: null, failures: 0 });
    }
    for (let turn = 0; turn < asked.length; turn += busy.length) {
      expect(asked.slice(turn, turn + busy.length).sort()).toEqual(busy.toSorted());
    }
  });

  it("is had for no more providers of one account than are allowed, by all processes together", async () => {
    const { receiver } = await start(polled);
    const { db } = receiver;
    await busyProviders(db, 6);
    const [other] = await busyProviders(db, 1);
    const now = new Date();
    const end = new Date(now.getTime() + minuteMs);
    const first = await claimPolledProviders(db, now, end, { total: 3, perAccount: 4 });
    const second = await claimPolledProviders(db, now, end, { total: 10, perAccount: 4 });
    expect(new Set([...first, ...second].map(({ providerId }) => providerId)).size).toBe(5);
    expect([...first, ...second].map(({ providerId }) => providerId)).toContain(other);
    const [lease] = first.filter(({ providerId }) => providerId !== other);
    if (lease === undefined) throw new Error("nobody to be asked");
    const later = new Date(now.getTime() + 1);
    await releasePolledProvider(db, lease, now, { resumeAt: null, failures: 0 });
    expect(await claimPolledProviders(db, later, end, { total: 10, perAccount: 4 })).toHaveLength(1);
  });
});
