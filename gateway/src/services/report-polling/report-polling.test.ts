import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../test/support/gateway.ts";
import { startReverseProxy } from "../../../test/support/reverse-proxy.ts";
import {
  eventually,
  type ReceiverOptions,
  startUpstreamReceiver,
  type UpstreamReceiver,
} from "../../../test/support/upstream-receiver.ts";
import { uuidOf } from "../../core/ids.ts";
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

describe("the lease on a provider", () => {
  it("is one process's at a time, and passes on when it has run out", async () => {
    const { receiver, clock } = await start(polled);
    await receiver.send();
    clock.advance(10_000);
    const now = new Date(clock.nowMs());
    const end = new Date(now.getTime() + minuteMs);
    const claims = await Promise.all([1, 2, 3, 4].map(() => claimPolledProviders(receiver.db, now, end, 10)));
    expect(claims.flat()).toHaveLength(1);
    expect(await claimPolledProviders(receiver.db, now, end, 10)).toEqual([]);
    const [lost] = claims.flat();
    const later = new Date(end.getTime() + 1);
    const [next] = await claimPolledProviders(receiver.db, later, new Date(later.getTime() + minuteMs), 10);
    expect(next?.claim).toBe(2);
    if (lost !== undefined) await releasePolledProvider(receiver.db, lost, later, null);
    expect(await claimPolledProviders(receiver.db, later, end, 10)).toEqual([]);
  });
});
