import { pino } from "pino";
import twilio from "twilio";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Answer, type Application, startApplication } from "../../../test/support/application.ts";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import { createEgress, type Egress } from "../../carriers/egress.ts";
import type { NewCallback } from "../../core/callbacks/callback.ts";
import { statusCallbackOf } from "../../core/callbacks/status-callback.ts";
import { type AccountSid, type MessageSid, newUuid, sidOf } from "../../core/ids.ts";
import type { MessageStatus } from "../../core/messages/message.ts";
import { claimDueCallbacks, finishCallbacks } from "../../store/callback-queue.ts";
import { insertCallbacks, listCallbacks, replayCallback } from "../../store/callbacks.ts";
import type { InboundReplies } from "./attempt.ts";
import { type CallbackSender, type CallbackSenderDeps, createCallbackSender } from "./callback-sender.ts";

const log = pino({ level: "silent" });
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const accountSid = sidOf<AccountSid>("AC", newUuid());

let database: TestDatabase;
let egress: Egress;
let clock: { nowMs(): number; advance(ms: number): void };
let token: string;
let secondaryToken: string | null;
let results: string[];
let replies: InboundReplies[];
let onResult: () => void;
const cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  database = await testDatabase();
  egress = createEgress({ allow: [], allowLoopback: true, log });
  // ahead of the real clock by a little, so that what a test inserts is due at once
  let nowMs = Date.now() + MINUTE;
  clock = { nowMs: () => nowMs, advance: (ms) => (nowMs += ms) };
  token = "primary-token";
  secondaryToken = null;
  results = [];
  replies = [];
  onResult = () => undefined;
});

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  await egress.close();
  await database.close();
});

async function application(answer?: Answer): Promise<Application> {
  const app = await startApplication(answer);
  cleanups.push(app.close);
  return app;
}

async function sender(options: Partial<CallbackSenderDeps> = {}): Promise<CallbackSender> {
  const service = createCallbackSender({
    db: database.db,
    egress,
    clock,
    log,
    accounts: { signingTokensOf: async () => ({ primary: token, secondary: secondaryToken }) },
    onInboundReply: async (asked) => {
      replies.push(asked);
      return null;
    },
    onResult: (result) => {
      results.push(result);
      onResult();
    },
    pollMs: 50,
    graceMs: 50,
    ...options,
  });
  await service.start();
  cleanups.push(() => service.stop());
  return service;
}

/** Resolves once so many tries have been stored in all. */
function stored(count: number): Promise<void> {
  return new Promise((resolve) => {
    onResult = () => {
      if (results.length >= count) resolve();
    };
    onResult();
  });
}

function newMessage(): MessageSid {
  return sidOf<MessageSid>("SM", newUuid());
}

function statusOf(sid: MessageSid, url: string, status: MessageStatus, errorCode: number | null = null): NewCallback {
  const callback = statusCallbackOf(
    { accountSid, sid, from: "+12025550100", to: "+12025550123", messagingServiceSid: null, statusCallback: url },
    { status, errorCode },
  );
  if (callback === null) throw new Error("no callback");
  return callback;
}

function inboundOf(sid: MessageSid, url: string, rest: Partial<NewCallback> = {}): NewCallback {
  return {
    ...statusOf(sid, url, "received"),
    kind: "inbound",
    fields: [
      ["MessageSid", sid],
      ["From", "+12025550123"],
      ["To", "+12025550100"],
      ["Body", "Grüße & 100% 😜"],
    ],
    ...rest,
  };
}

const insert = (...callbacks: NewCallback[]) => insertCallbacks(database.db, callbacks);

const twiml = (inner: string, status = 200): Answer => {
  return (_, response) =>
    response.writeHead(status, { "content-type": "text/xml" }).end(`<Response>${inner}</Response>`);
};

describe("a callback's request", () => {
  it("is a form post that the SDK's validator accepts, with Twilio's headers and field order", async () => {
    const app = await application();
    const callback = statusOf(newMessage(), `${app.origin}/status?tenant=a%20b#rc=1`, "failed", 30003);
    await insert(callback);
    await sender();
    const [request] = await app.received(1);
    expect(request).toMatchObject({
      method: "POST",
      path: "/status?tenant=a%20b",
      headers: {
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
        "user-agent": "TwilioProxy/1.1",
        accept: "*/*",
        "i-twilio-idempotency-token": callback.id,
      },
    });
    expect(Object.entries(request?.fields ?? {})).toEqual([
      ["MessageSid", callback.messageSid],
      ["MessageStatus", "failed"],
      ["SmsSid", callback.messageSid],
      ["SmsStatus", "failed"],
      ["AccountSid", accountSid],
      ["From", "+12025550100"],
      ["To", "+12025550123"],
      ["ApiVersion", "2010-04-01"],
      ["ErrorCode", "30003"],
      ["ErrorMessage", "Unreachable destination handset"],
    ]);
    expect(isSigned(request, `${app.origin}/status?tenant=a%20b`, request?.fields ?? {})).toBe(true);
    await stored(1);
    expect(await listCallbacks(database.db, accountSid, callback.messageSid)).toMatchObject([
      { state: "delivered", attempts: 1, lastStatus: 200, lastError: null, dueAt: null },
    ]);
  });

  it("carries its fields in the query with GET, signed as the receiver sees the URL", async () => {
    const app = await application();
    await insert(inboundOf(newMessage(), `${app.origin}/in?x=1`, { method: "GET" }));
    await sender();
    const [request] = await app.received(1);
    expect(request).toMatchObject({ method: "GET", body: "", fields: { x: "1", Body: "Grüße & 100% 😜" } });
    expect(request?.headers["content-type"]).toBeUndefined();
    expect(isSigned(request, app.origin + request?.path, {})).toBe(true);
  });

  it("has the signature of the secondary token too, in a header of its own, while there is one", async () => {
    const app = await application();
    secondaryToken = "secondary-token";
    await insert(statusOf(newMessage(), `${app.origin}/status`, "sent"));
    await sender();
    const [request] = await app.received(1);
    const { "x-twilio-signature": first, "x-trunkline-signature-secondary": second } = request?.headers ?? {};
    const fields = { ...request?.fields };
    const accepts = (key: string, signature: unknown) =>
      twilio.validateRequest(key, String(signature), `${app.origin}/status`, fields);
    expect([accepts(token, first), accepts("secondary-token", second)]).toEqual([true, true]);
    expect([accepts("secondary-token", first), accepts(token, second)]).toEqual([false, false]);
    await stored(1);
  });

  it("is signed with the token of the moment, and for the place that a redirect leads to", async () => {
    const app = await application((request, response, count) => {
      if (count === 1) response.writeHead(500).end();
      else if (request.path === "/old") response.writeHead(307, { location: "/new" }).end();
      else response.end();
    });
    await insert(statusOf(newMessage(), `${app.origin}/old`, "sent"));
    const service = await sender();
    await stored(1);
    token = "promoted-token";
    clock.advance(10_000);
    service.wake();
    await stored(2);
    const [first, , redirected] = app.requests;
    expect(isSigned(first, `${app.origin}/old`, first?.fields ?? {}, "primary-token")).toBe(true);
    expect(isSigned(redirected, `${app.origin}/new`, redirected?.fields ?? {}, "promoted-token")).toBe(true);
  });
});

describe("retries", () => {
  it("come at once as often as the fragment asks, and later with growing waits, under one idempotency token", async () => {
    const app = await application((_, response) => response.writeHead(503).end());
    const callback = statusOf(newMessage(), `${app.origin}/#rc=2&rp=5xx`, "sent");
    await insert(callback);
    const service = await sender();
    for (const [index, waitMs] of [5_000, 15_000, MINUTE, 5 * MINUTE].entries()) {
      await stored(index + 1);
      const [row] = await listCallbacks(database.db, accountSid, callback.messageSid);
      expect(row).toMatchObject({
        state: "pending",
        attempts: index + 1,
        lastStatus: 503,
        lastError: "11200 HTTP 503",
      });
      const dueInMs = (row?.dueAt?.getTime() ?? 0) - clock.nowMs();
      expect(dueInMs).toBeGreaterThanOrEqual(waitMs);
      expect(dueInMs).toBeLessThanOrEqual(waitMs * 1.2);
      expect(app.requests).toHaveLength(3 * (index + 1));
      clock.advance(dueInMs);
      service.wake();
    }
    await stored(5);
    expect(new Set(app.requests.map((request) => request.headers["i-twilio-idempotency-token"]))).toEqual(
      new Set([callback.id]),
    );
  });

  it("go on for a day and then end in failed", async () => {
    const app = await application((_, response) => response.writeHead(500).end());
    const callback = statusOf(newMessage(), app.origin, "sent");
    await insert(callback);
    const service = await sender();
    const startMs = clock.nowMs();
    let tries = 1;
    for (; !results.includes("failed"); tries++) {
      await stored(tries);
      const [row] = await listCallbacks(database.db, accountSid, callback.messageSid);
      if (row?.dueAt != null) clock.advance(row.dueAt.getTime() - clock.nowMs());
      service.wake();
      // the breaker's rest ends sooner than the waits of so late a try
    }
    expect(clock.nowMs() - startMs).toBeGreaterThanOrEqual(24 * HOUR);
    expect(tries).toBeGreaterThan(8);
    expect(await listCallbacks(database.db, accountSid, callback.messageSid)).toMatchObject([{ state: "failed" }]);
  });

  it("are few after a refusal, and wait as long as Retry-After says", async () => {
    const app = await application((request, response) => {
      if (request.path === "/busy") response.writeHead(429, { "retry-after": "1800" }).end();
      else response.writeHead(404).end();
    });
    const [gone, busy] = [newMessage(), newMessage()];
    await insert(statusOf(gone, `${app.origin}/gone`, "sent"), statusOf(busy, `${app.origin}/busy`, "sent"));
    await sender();
    await stored(2);
    const dueIn = async (sid: MessageSid) => {
      const [row] = await listCallbacks(database.db, accountSid, sid);
      return ((row?.dueAt?.getTime() ?? 0) - clock.nowMs()) / 1000;
    };
    expect(await dueIn(gone)).toBeGreaterThanOrEqual(60);
    expect(await dueIn(busy)).toBe(1800);
  });

  it("start again with a replay, under the same token", async () => {
    const app = await application();
    const callback = statusOf(newMessage(), app.origin, "delivered");
    await insert(callback);
    const service = await sender();
    await stored(1);
    const now = new Date(clock.nowMs());
    expect(await replayCallback(database.db, accountSid, callback.id, now)).toBe(true);
    service.wake();
    await stored(2);
    expect(app.requests.map((request) => request.headers["i-twilio-idempotency-token"])).toEqual([
      callback.id,
      callback.id,
    ]);
    expect(await replayCallback(database.db, sidOf<AccountSid>("AC", newUuid()), callback.id, now)).toBe(false);
  });
});

describe("several senders on one database", () => {
  it("keep the order within every message and deliver each callback once, though first tries fail", async () => {
    const statuses = ["queued", "sent", "delivered"] as const;
    const seen = new Map<string, number>();
    const failing = new Set<string>();
    const app = await application((request, response) => {
      const id = String(request.headers["i-twilio-idempotency-token"]);
      const tries = (seen.get(id) ?? 0) + 1;
      seen.set(id, tries);
      response.writeHead(tries === 1 && failing.has(id) ? 500 : 200).end();
    });
    const messages = Array.from({ length: 12 }, newMessage);
    for (const [row, status] of statuses.entries()) {
      const callbacks = messages.map((sid) => statusOf(sid, `${app.origin}/${sid}`, status));
      // Nine: fewer than make a sender leave the origin alone, in whatever order they come.
      for (const [index, { id }] of callbacks.entries()) if ((index + row) % 4 === 0) failing.add(id);
      await insert(...callbacks);
    }
    const services = [await sender(), await sender()];
    const total = messages.length * statuses.length;
    const counted = `select count(*)::int as pending, (count(*) filter (where claim > attempts or due_at <= $1))::int as busy
      from callbacks where state = 'pending'`;
    for (let left = { pending: total, busy: total }; left.pending > 0; ) {
      // What is due, or in hand, must not lose its lease to the moving of the clock.
      if (left.busy === 0) clock.advance(6_001);
      for (const service of services) service.wake();
      [left = left] = await database.db.query<typeof left>(counted, [new Date(clock.nowMs())]);
    }
    for (const sid of messages) {
      const heard = app.requests
        .filter((request) => request.path === `/${sid}`)
        .map((request) => request.fields["MessageStatus"]);
      expect(heard.filter((status, index) => heard[index - 1] !== status)).toEqual(statuses);
    }
    const rows = await database.db.query<{ state: string; n: number }>(
      "select state, count(*)::int as n from callbacks group by state",
    );
    expect(rows).toEqual([{ state: "delivered", n: total }]);
    expect(app.requests.length).toBe([...seen.values()].reduce((sum, tries) => sum + tries, 0));
    expect(Math.max(...seen.values())).toBe(2);
  });

  it("take over what a dead one held once its lease is over, under the same token, and its late word counts no more", async () => {
    const app = await application();
    const callback = statusOf(newMessage(), app.origin, "sent");
    await insert(callback);
    const nowMs = clock.nowMs();
    const { claimed } = await claimDueCallbacks(database.db, {
      now: new Date(nowMs),
      leaseEnd: new Date(nowMs + MINUTE),
      limit: 10,
      freeOf: () => 10,
      after: "",
    });
    const [dead] = claimed;
    if (dead === undefined) throw new Error("nothing claimed");
    const other = statusOf(newMessage(), app.origin, "sent");
    const service = await sender();
    await insert(other);
    service.wake();
    await stored(1);
    expect(app.requests.map((request) => request.headers["i-twilio-idempotency-token"])).toEqual([other.id]);
    clock.advance(MINUTE);
    service.wake();
    await stored(2);
    expect(app.requests[1]?.headers["i-twilio-idempotency-token"]).toBe(callback.id);
    const late = { callback: dead, state: "failed", dueAt: null, tried: true, status: 500, error: "late" } as const;
    await finishCallbacks(database.db, [late], new Date(clock.nowMs()));
    expect(await listCallbacks(database.db, accountSid, callback.messageSid)).toMatchObject([
      { state: "delivered", attempts: 1, lastError: null },
    ]);
  });

  it("go on with what a stopping one gives back", async () => {
    let hang = true;
    const app = await application((_, response) => {
      if (!hang) response.end();
    });
    const callback = statusOf(newMessage(), app.origin, "sent");
    await insert(callback);
    const first = await sender();
    await app.received(1);
    await first.stop();
    expect(await listCallbacks(database.db, accountSid, callback.messageSid)).toMatchObject([
      { state: "pending", attempts: 0, lastError: null },
    ]);
    hang = false;
    await sender();
    await stored(1);
    expect(app.requests.map((request) => request.headers["i-twilio-idempotency-token"])).toEqual([
      callback.id,
      callback.id,
    ]);
  });

  it("go on at once with what a killed one held when they know to be alone", async () => {
    const app = await application();
    await insert(statusOf(newMessage(), app.origin, "sent"));
    const now = new Date(clock.nowMs());
    const leaseEnd = new Date(clock.nowMs() + MINUTE);
    await claimDueCallbacks(database.db, { now, leaseEnd, limit: 10, freeOf: () => 10, after: "" });
    await sender({ alone: true });
    await stored(1);
    expect(results).toEqual(["delivered"]);
  });

  it("go on at once with what waited for a callback that a killed one had just delivered", async () => {
    const app = await application();
    const sid = newMessage();
    const first = statusOf(sid, app.origin, "sent");
    await insert(first, statusOf(sid, app.origin, "delivered"));
    const now = new Date(clock.nowMs());
    const leaseEnd = new Date(clock.nowMs() + MINUTE);
    const { claimed } = await claimDueCallbacks(database.db, {
      now,
      leaseEnd,
      limit: 10,
      freeOf: () => 10,
      after: "",
    });
    expect(claimed.map((callback) => callback.id)).toEqual([first.id]);
    await database.db.query("update callbacks set state = 'delivered', due_at = null where id = $1", [first.id]);
    await sender({ alone: true });
    await stored(1);
    expect(app.requests.map((request) => request.fields["MessageStatus"])).toEqual(["delivered"]);
  });
});

describe("one place in trouble", () => {
  it("takes no more than its share of slots while it is slow, and the others go on", async () => {
    const slow = await application(() => undefined);
    const healthy = await application();
    await insert(...Array.from({ length: 40 }, () => statusOf(newMessage(), slow.origin, "sent")));
    await sender({ concurrency: 8, perOrigin: 3 });
    await slow.received(3);
    await insert(...Array.from({ length: 20 }, () => statusOf(newMessage(), healthy.origin, "sent")));
    await healthy.received(20);
    expect(slow.requests).toHaveLength(3);
  });

  it("is left alone after failing again and again, probed now and then, and served when it is back", async () => {
    let down = true;
    const app = await application((_, response) => response.writeHead(down ? 500 : 200).end());
    await insert(...Array.from({ length: 60 }, () => statusOf(newMessage(), app.origin, "sent")));
    const healthy = await application();
    const service = await sender({ perOrigin: 4 });
    await stored(10);
    await insert(statusOf(newMessage(), healthy.origin, "sent"));
    service.wake();
    await healthy.received(1);
    const before = app.requests.length;
    expect(before).toBeLessThanOrEqual(13);
    clock.advance(31_000);
    service.wake();
    await app.received(before + 1);
    await insert(statusOf(newMessage(), healthy.origin, "sent"));
    service.wake();
    await healthy.received(2);
    expect(app.requests).toHaveLength(before + 1);
    down = false;
    clock.advance(2 * MINUTE);
    service.wake();
    await app.received(before + 1 + 60);
  });
});

describe("an inbound message", () => {
  it("gets the replies of the answer's TwiML handed on, with URLs made absolute", async () => {
    const app = await application(
      twiml(
        '<Message statusCallback="/done">Hi<Media>/cat.png</Media></Message><Message to="+12025550177">Psst</Message>',
      ),
    );
    const callback = inboundOf(newMessage(), `${app.origin}/in`);
    await insert(callback);
    await sender();
    await stored(1);
    expect(replies).toMatchObject([
      {
        accountSid,
        callbackId: callback.id,
        messageSid: callback.messageSid,
        from: "+12025550123",
        to: "+12025550100",
        messages: [
          { body: "Hi", mediaUrls: [`${app.origin}/cat.png`], statusCallback: `${app.origin}/done` },
          { body: "Psst", to: "+12025550177" },
        ],
      },
    ]);
  });

  it("goes to the fallback URL with ErrorCode and ErrorUrl when its own fails", async () => {
    const failing = {
      "/500": [twiml("", 500), "11200"],
      "/bad": [(_, response) => response.writeHead(200, { "content-type": "text/xml" }).end("<Response>"), "12100"],
      "/nul": [(_, response) => response.writeHead(200, { "content-type": "text/xml" }).end("<Resp\0onse/>"), "12100"],
      "/json": [(_, response) => response.writeHead(200, { "content-type": "application/json" }).end("{}"), "12300"],
      "/big": [twiml(`<Message>${"x".repeat(70_000)}</Message>`), "11750"],
    } as const satisfies Record<string, readonly [Answer, string]>;
    const app = await application((request, response, count) => {
      const [answer] = failing[request.path as keyof typeof failing] ?? [twiml("<Message>plan B</Message>")];
      answer(request, response, count);
    });
    for (const path of Object.keys(failing)) {
      await insert(inboundOf(newMessage(), app.origin + path, { fallbackUrl: `${app.origin}/fallback` }));
    }
    await sender();
    await stored(5);
    const told = app.requests
      .filter((request) => request.path === "/fallback")
      .map(({ fields }) => [fields["ErrorUrl"]?.slice(app.origin.length), fields["ErrorCode"]]);
    expect(new Map(told as [string, string][])).toEqual(
      new Map(Object.entries(failing).map(([path, [, code]]) => [path, code])),
    );
    expect(replies.map((reply) => reply.messages[0]?.body)).toEqual(Array(5).fill("plan B"));
    expect(results).toEqual(Array(5).fill("delivered"));
  });

  it("is not asked about again when the application answered nonsense, and is when it did not answer", async () => {
    const app = await application((request, response) => {
      if (request.path === "/nonsense") response.writeHead(200, { "content-type": "text/xml" }).end("<oops>");
      else response.writeHead(502).end();
    });
    const [nonsense, down] = [newMessage(), newMessage()];
    const fallbackUrl = `${app.origin}/fallback-down`;
    await insert(
      inboundOf(nonsense, `${app.origin}/nonsense`, { fallbackUrl }),
      inboundOf(down, `${app.origin}/down`, { fallbackUrl }),
    );
    await sender();
    await stored(2);
    expect(await listCallbacks(database.db, accountSid, nonsense)).toMatchObject([
      { state: "delivered", lastError: expect.stringMatching(/^12100 /) },
    ]);
    expect(await listCallbacks(database.db, accountSid, down)).toMatchObject([
      { state: "pending", lastError: "11200 HTTP 502" },
    ]);
  });

  it("follows five <Redirect> verbs, relative ones too, and calls a sixth a failure", async () => {
    const app = await application((request, response, count) => {
      const hop = Number(/\d+/.exec(request.path)?.[0]);
      twiml(hop === 0 ? "<Message>there</Message>" : `<Redirect method="GET">${hop - 1}</Redirect>`)(
        request,
        response,
        count,
      );
    });
    const looping = newMessage();
    await insert(inboundOf(newMessage(), `${app.origin}/hop/5`), inboundOf(looping, `${app.origin}/loop/9`));
    await sender();
    await stored(2);
    expect(replies).toHaveLength(1);
    expect(app.requests.filter((request) => request.path.startsWith("/loop"))).toHaveLength(6);
    expect(await listCallbacks(database.db, accountSid, looping)).toMatchObject([
      { state: "delivered", lastError: expect.stringMatching(/^14106 /) },
    ]);
    const last = app.requests.find((request) => request.path.startsWith("/hop/0"));
    expect(last?.method).toBe("GET");
    expect(isSigned(last, app.origin + last?.path, {})).toBe(true);
  });

  it("comes again when its replies could not be stored", async () => {
    const app = await application(twiml("<Message>hello</Message>"));
    await insert(inboundOf(newMessage(), app.origin));
    let fail = true;
    const service = await sender({
      onInboundReply: async (asked) => {
        if (fail) throw new Error("the database is away");
        replies.push(asked);
        return null;
      },
    });
    await stored(1);
    fail = false;
    clock.advance(10_000);
    service.wake();
    await stored(2);
    expect(results).toEqual(["retry", "delivered"]);
    expect(replies).toHaveLength(1);
  });
});

function isSigned(
  request: Application["requests"][number] | undefined,
  url: string,
  fields: Readonly<Record<string, string>>,
  key = token,
): boolean {
  return twilio.validateRequest(key, String(request?.headers["x-twilio-signature"]), url, { ...fields });
}
