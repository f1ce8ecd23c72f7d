import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GatewayEvent } from "../../api/event-stream.ts";
import { createTailStore, type TailStore, type TailView } from "./tail-store.ts";

let store: TailStore;
beforeEach(() => {
  store = createTailStore();
});
afterEach(() => store.stop());

let last = 0;
function event(sid: string, status: string): GatewayEvent {
  last += 1;
  return {
    ...{ id: String(last), type: `message.${status}`, at: new Date(last).toISOString(), accountSid: "AC1", data: null },
    message: {
      ...{ sid, to: "+12025550142", from: "+12025550100", status: status as "queued", direction: "outbound-api" },
      ...{ numSegments: 1, errorCode: null, body: "Hello" },
    },
  };
}

/** The view once something is told for which `enough` holds. */
function until(enough: (view: TailView) => boolean): Promise<TailView> {
  return new Promise((resolve) => {
    const look = () => {
      if (!enough(store.getView())) return;
      leave();
      resolve(store.getView());
    };
    const leave = store.subscribe(look);
  });
}
const sidsOf = ({ rows }: TailView) => rows.map(({ sid }) => sid);

describe("the live tail", () => {
  it("has one row for each message, newest first, with its latest status", async () => {
    store.add([event("SM1", "queued"), event("SM2", "queued"), event("SM1", "delivered")]);
    const view = await until(({ rows }) => rows.length > 0);
    expect(view.rows.map(({ sid, status }) => [sid, status])).toEqual([
      ["SM2", "queued"],
      ["SM1", "delivered"],
    ]);
  });

  it("tells a few times a second, however many events there are", async () => {
    let told = 0;
    store.subscribe(() => {
      told += 1;
    });
    for (let index = 0; index < 4_000; index++) store.add([event(`SM${index}`, "queued")]);
    const view = await until(({ rows }) => rows.length === 4_000);
    expect(told).toBeLessThan(5);
    expect(view.eventsPerSecond).toBeGreaterThan(0);
  });

  it("stands still while it is held, counts what waits, and lets it in afterwards", async () => {
    store.add([event("SM1", "queued")]);
    await until(({ rows }) => rows.length === 1);
    store.hold(true);
    store.add([event("SM2", "queued"), event("SM1", "sent")]);
    const held = await until(({ waiting }) => waiting === 1);
    expect(held.rows.map(({ sid, status }) => [sid, status])).toEqual([["SM1", "sent"]]);
    store.hold(false);
    expect(sidsOf(await until(({ waiting }) => waiting === 0))).toEqual(["SM2", "SM1"]);
  });

  it("is bounded: the oldest rows leave", async () => {
    for (let index = 0; index < 6_000; index++) store.add([event(`SM${index}`, "queued")]);
    const view = await until(({ rows }) => rows.length > 0);
    expect([view.rows.length, view.rows[0]?.sid, view.rows.at(-1)?.sid]).toEqual([5_000, "SM5999", "SM1000"]);
  });

  it("is bounded also while it is held: it counts all that wait, and keeps the newest", async () => {
    store.hold(true);
    for (let index = 0; index < 16_000; index++) store.add([event(`SM${index}`, "queued")]);
    await until(({ waiting }) => waiting === 16_000);
    // One that was let go is a new row when something happens to it.
    store.add([event("SM0", "sent"), event("SM15999", "sent")]);
    await until(({ waiting }) => waiting === 16_001);
    store.hold(false);
    const view = await until(({ rows }) => rows.length > 0);
    expect([view.rows.length, view.waiting, view.rows[0]?.sid, view.rows[1]?.status]).toEqual([
      5_000,
      0,
      "SM0",
      "sent",
    ]);
  });

  it("puts what was there before below, once", async () => {
    store.add([event("SM2", "queued")]);
    const before = {
      at: "2026-01-01T00:00:00Z",
      from: null,
      to: "",
      status: "sent",
      direction: "",
      body: "",
      errorCode: null,
    };
    store.seed([
      { ...before, sid: "SM2" },
      { ...before, sid: "SM1" },
    ]);
    expect(sidsOf(await until(({ rows }) => rows.length === 2))).toEqual(["SM2", "SM1"]);
  });

  it("adds up what was left out, until nobody knows how much", async () => {
    store.noteGap(3);
    store.noteGap(4);
    expect((await until(({ gap }) => gap !== undefined)).gap).toBe(7);
    store.noteGap(null);
    store.noteGap(2);
    expect((await until(({ gap }) => gap === null)).gap).toBeNull();
  });
});
