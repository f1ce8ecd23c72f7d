import type { Connection } from "@prismatic-io/spectral";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { callNative } from "../../gateway/test/support/native-client.ts";
import { basic } from "../../gateway/test/support/twilio-call.ts";
import { type ComponentOnGateway, componentOnGateway, harness, logger } from "./support/component-on-gateway.ts";
import { type ListedMessage, type MessageListServer, startMessageList } from "./support/message-list.ts";

interface Told {
  readonly sid: string;
  readonly status: string;
  readonly direction: string;
}

interface Polled {
  readonly resultType: string;
  readonly payload: { readonly body: { readonly data: { readonly created: Told[]; readonly updated: Told[] } } };
}

/** A flow that polls; its state goes through JSON between two runs, as on the platform. */
function flow(connection: Connection, params: object = {}) {
  let state: Record<string, unknown> = {};
  const poll = async (more: object = {}) => {
    const instanceState = JSON.parse(JSON.stringify(state)) as Record<string, unknown>;
    const given = { connection, ...params, ...more };
    const polled = (await harness.trigger("pollChangesTrigger", {}, given, {
      logger,
      instanceState,
    })) as unknown as Polled;
    state = instanceState;
    const { created, updated } = polled.payload.body.data;
    return { resultType: polled.resultType, created, updated };
  };
  return {
    poll,
    /** Polls until something is there for each. */
    async until(enough: (seen: { created: Told[]; updated: Told[] }) => boolean) {
      const seen = { created: [] as Told[], updated: [] as Told[] };
      while (!enough(seen)) {
        const { created, updated } = await poll();
        seen.created.push(...created);
        seen.updated.push(...updated);
      }
      return seen;
    },
    setState: (polling: object) => {
      state = { __prismaticInternal: { polling } };
    },
  };
}

let on: ComponentOnGateway;
beforeAll(async () => {
  on = await componentOnGateway();
});
afterAll(() => on.stop());
const lists: MessageListServer[] = [];
afterEach(async () => {
  for (const list of lists.splice(0)) await list.close();
});
async function newList(perPage = 4): Promise<MessageListServer> {
  const list = await startMessageList(perPage);
  lists.push(list);
  return list;
}

describe("polling a running gateway", () => {
  const send = (to: string, message = "Hello") =>
    on.run<{ sid: string }>("sendSMS", { to, from: on.gateway.numbers[0], message });

  it("gives nothing at first, then each new message once, each change once, and nothing when nothing happens", async () => {
    const to = "+12025554000";
    const { sid: former } = await send(to, "There before the first look");
    await on.run("waitForDelivery", { sid: former, intervalSeconds: "0.05" });
    const { poll, until } = flow(on.connection, { to });
    expect(await poll()).toMatchObject({ created: [], updated: [], resultType: "polled_no_changes" });
    const { sid } = await send(to);
    const last = ({ created, updated }: { created: Told[]; updated: Told[] }) =>
      [...created, ...updated].filter((message) => message.sid === sid).at(-1)?.status;
    const seen = await until((told) => last(told) === "delivered");
    expect(seen.created.map((message) => message.sid)).toEqual([sid]);
    expect(await poll()).toMatchObject({ created: [], updated: [], resultType: "polled_no_changes" });
  });

  it("tells messages that came in from those that went out", async () => {
    const to = "+12025554001";
    const { poll, until } = flow(on.connection, { direction: "inbound" });
    await poll();
    await send(to);
    const body = { from: to, to: on.gateway.numbers[0], body: "Hi" };
    await callNative(on.gateway.url, basic(on.gateway.accountSid, on.gateway.authToken), [
      "POST",
      "/sandbox/inbound",
      body,
    ]);
    const { created } = await until((told) => told.created.length > 0);
    expect(created).toMatchObject([{ direction: "inbound" }]);
  });

  it.each([
    [{ lookBackMinutes: "1" }, "look-back"],
    [{ maxMessages: "0" }, "1 to 10000"],
    [{ direction: "up" }, "Direction"],
    [{ connection: "" }, "choose one"],
  ])("refuses %j", async (params, reason) => {
    await expect(flow(on.connection).poll(params)).rejects.toThrow(reason);
  });
});

describe("what a poll gives", () => {
  it("comes oldest first in runs of the size that was asked for, none lost, none twice", async () => {
    const list = await newList();
    const { poll } = flow(on.at(list.url), { maxMessages: "4", lookBackMinutes: "2" });
    await poll();
    const sids: string[] = [];
    for (let i = 0; i < 11; i++) {
      list.nowMs += 1000;
      sids.push(list.create("queued").sid);
    }
    const told: string[] = [];
    // Long after: what is still to be told must not fall out of the look-back.
    for (const size of [4, 4, 3, 0]) {
      list.nowMs += 600_000;
      const { created } = await poll();
      expect(created).toHaveLength(size);
      told.push(...created.map(({ sid }) => sid));
    }
    expect(told).toEqual(sids);
  });

  it("has a scheduled message again when it is sent, however long after", async () => {
    const list = await newList();
    const { poll } = flow(on.at(list.url));
    await poll();
    const message = list.create("scheduled");
    expect((await poll()).created).toHaveLength(1);
    list.nowMs += 3 * 86_400_000;
    expect((await poll()).created).toEqual([]);
    Object.assign(message, { status: "sent", sentMs: list.nowMs });
    expect(await poll()).toMatchObject({ created: [], updated: [{ sid: message.sid, status: "sent" }] });
    expect(await poll()).toMatchObject({ created: [], updated: [] });
  });

  it("leaves out new or changed ones when asked to, and does not bring them later", async () => {
    const list = await newList();
    const { poll } = flow(on.at(list.url));
    await poll();
    const message = list.create("queued");
    expect(await poll({ showNewRecords: "false" })).toMatchObject({ resultType: "polled_no_changes" });
    expect(await poll()).toMatchObject({ resultType: "polled_no_changes" });
    message.status = "sending";
    expect(await poll({ showUpdatedRecords: "false" })).toMatchObject({ resultType: "polled_no_changes" });
    message.status = "sent";
    expect(await poll()).toMatchObject({ updated: [{ status: "sent" }] });
  });

  it("goes on from the state of the official connector, and begins anew from one that is none", async () => {
    const list = await newList();
    const { sid } = list.create("sent");
    const { poll, setState } = flow(on.at(list.url));
    setState({ lastPolledAt: new Date(list.nowMs - 60_000).toISOString() });
    expect((await poll()).created).toMatchObject([{ sid }]);
    for (const state of [{}, { since: "soon" }, { since: 5, told: 7 }, { told: { [sid]: [1] } }]) {
      setState(state);
      expect(await poll()).toMatchObject({ created: [], updated: [] });
    }
  });

  const step = fc.oneof(
    fc.record({ kind: fc.constant("create" as const), count: fc.integer({ min: 1, max: 6 }) }),
    fc.record({ kind: fc.constant("create-late" as const), ageMs: fc.integer({ min: 0, max: 60_000 }) }),
    fc.record({ kind: fc.constant("send" as const), pick: fc.nat() }),
    fc.record({ kind: fc.constant("change" as const), pick: fc.nat() }),
    fc.record({ kind: fc.constant("poll" as const), waitMs: fc.integer({ min: 0, max: 20_000 }) }),
  );

  it("is every message once and the last status of each, whatever happens in between", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 40 }),
        fc.integer({ min: 1, max: 7 }),
        async (steps, max) => {
          const list = await startMessageList(3);
          try {
            await checkHistory(list, steps, max);
          } finally {
            await list.close();
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

  async function checkHistory(list: MessageListServer, steps: readonly Step[], maxMessages: number): Promise<void> {
    const { poll } = flow(on.at(list.url), { maxMessages: String(maxMessages), lookBackMinutes: "2" });
    await poll();
    const told = new Map<string, string[]>();
    const look = async () => {
      const { created, updated } = await poll();
      expect(created.length + updated.length).toBeLessThanOrEqual(maxMessages);
      for (const { sid, status } of created) {
        expect(told.has(sid)).toBe(false);
        told.set(sid, [status]);
      }
      for (const { sid, status } of updated) {
        expect(told.get(sid)?.at(-1)).not.toBe(status);
        told.get(sid)?.push(status);
      }
      return created.length + updated.length;
    };
    // Changes are promised for as long as the look-back after it was created or sent.
    const watched = ({ createdMs, sentMs }: ListedMessage) => list.nowMs - Math.max(createdMs, sentMs ?? 0) < 80_000;
    for (const each of steps) await takeStep(list, each, { look, watched });
    while ((await look()) > 0) list.nowMs += 1000;
    expect(new Map([...told].map(([sid, statuses]) => [sid, statuses.at(-1)]))).toEqual(
      new Map(list.messages.map(({ sid, status }) => [sid, status])),
    );
  }

  async function takeStep(
    list: MessageListServer,
    each: Step,
    { look, watched }: { readonly look: () => Promise<number>; readonly watched: (message: ListedMessage) => boolean },
  ): Promise<void> {
    if (each.kind === "create") for (let i = 0; i < each.count; i++) list.create("queued");
    else if (each.kind === "create-late") list.create("queued", each.ageMs);
    else if (each.kind === "poll") {
      list.nowMs += each.waitMs;
      await look();
    } else {
      const message = list.messages[each.pick % Math.max(1, list.messages.length)];
      if (message === undefined) return;
      if (each.kind === "send" && message.sentMs === null)
        Object.assign(message, { sentMs: list.nowMs, status: "sent" });
      else if (watched(message)) message.status = message.status === "a" ? "b" : "a";
    }
  }
});
