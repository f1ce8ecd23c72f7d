import Fastify, { type FastifyInstance, type InjectOptions } from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../../../test/support/database.ts";
import { insertBareAccount, newHandover, type TestSandbox, testSandbox } from "../../../../test/support/sandbox.ts";
import type { InboundMessage } from "../../../carriers/carrier.ts";
import type { Principal, Role } from "../../../core/access/principal.ts";
import { systemClock } from "../../../core/clock.ts";
import { GatewayError } from "../../../core/errors.ts";
import { type AccountSid, type MessageSid, newUuid, sidOf, uuidOf } from "../../../core/ids.ts";
import type { Message } from "../../../core/messages/message.ts";
import type { WriteAlongside } from "../../../services/inbound/inbound.ts";
import { createSandboxHandsets } from "../../../services/sandbox/handsets.ts";
import { registerSandboxRoutes } from "./routes.ts";

const ownNumber = "+12025550100";
const handset = "+12025550123";
let database: TestDatabase;
let sandbox: TestSandbox;
let app: FastifyInstance;
let caller: Principal;

beforeAll(async () => {
  database = await testDatabase();
  const { db } = database;
  sandbox = testSandbox(db);
  const handsets = createSandboxHandsets({ clock: systemClock, inbound: { receive: receiveAll } });
  app = Fastify();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addHook("onRequest", async (request) => {
    request.principal = caller;
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status =
      error instanceof GatewayError ? { forbidden: 403, "not-found": 404 }[error.code as string] : undefined;
    return reply.code(status ?? error.statusCode ?? 500).send({ message: error.message });
  });
  registerSandboxRoutes(app, { db, faults: sandbox.faults, handsets });
  await app.ready();
});
afterAll(async () => {
  await app.close();
  await database.close();
});
beforeEach(async () => {
  caller = principal(await insertBareAccount(database.db));
});

function principal(accountSid: AccountSid, role: Role = "owner"): Principal {
  return {
    accountSid,
    accountStatus: "active",
    role,
    credential: "auth-token",
    credentialId: null,
    requiresSignedRequests: false,
  };
}

/** The far side of the inbound port, which has tests of its own. */
async function receiveAll(messages: readonly InboundMessage[], alongside: WriteAlongside): Promise<Message[]> {
  const received = messages.map(
    ({ accountSid, from, to, body, mediaUrls }): Message => ({
      accountSid,
      sid: sidOf<MessageSid>(mediaUrls.length > 0 ? "MM" : "SM", newUuid()),
      direction: "inbound",
      status: "received",
      from,
      to,
      messagingServiceSid: null,
      body,
      numSegments: 1,
      numMedia: mediaUrls.length,
      createdAt: new Date(),
      updatedAt: new Date(),
      sentAt: null,
      errorCode: null,
      price: null,
      priceUnit: null,
      options: {},
    }),
  );
  await alongside(database.db, received);
  return received;
}

async function call(method: NonNullable<InjectOptions["method"]>, url: string, payload?: object) {
  const response = await app.inject({ method, url: `/sandbox${url}`, ...(payload === undefined ? {} : { payload }) });
  return { status: response.statusCode, body: response.json() };
}

describe("handsets", () => {
  it("show what they received and sent, newest first, as the conversation went", async () => {
    const outbound = newHandover(caller.accountSid, { to: handset, body: "Your code is 1" });
    const outcome = await sandbox.send(outbound);
    const reply = await call("POST", "/inbound", { from: handset, to: ownNumber, body: "STOP" });
    expect(reply).toMatchObject({ status: 201, body: { from: handset, to: ownNumber, body: "STOP" } });
    const { body } = await call("GET", `/handsets/${handset}`);
    expect(body).toMatchObject({
      number: handset,
      messages: [
        { direction: "sent", from: handset, to: ownNumber, body: "STOP", messageSid: reply.body.sid, attempt: null },
        { direction: "received", from: outbound.from, to: handset, messageSid: outbound.messageSid, attempt: 1 },
      ],
      next: null,
    });
    expect(outcome).toMatchObject({ carrierMessageId: body.messages[1].id });
    expect((await call("GET", `/handsets/${handset.slice(1)}`)).body).toEqual(body);
  });

  it("page through everything without a gap or a repetition", async () => {
    for (let i = 1; i <= 7; i++) await sandbox.send(newHandover(caller.accountSid, { to: handset, body: `${i}` }));
    const seen: string[] = [];
    let url = `/handsets/${handset}?limit=3`;
    for (let next: string | null = ""; next !== null; url = `/handsets/${handset}?limit=3&before=${next}`) {
      const page: { body: { messages: { body: string }[]; next: string | null } } = await call("GET", url);
      seen.push(...page.body.messages.map((message) => message.body));
      next = page.body.next;
    }
    expect(seen).toEqual(["7", "6", "5", "4", "3", "2", "1"]);
  });

  it("show what never reached them only when asked", async () => {
    const to = "+15005553005";
    await sandbox.send(newHandover(caller.accountSid, { to }));
    expect((await call("GET", `/handsets/${to}`)).body.messages).toEqual([]);
    expect((await call("GET", `/handsets/${to}?undelivered=true`)).body.messages).toMatchObject([{ errorCode: 30005 }]);
  });

  it("are listed with their counts, last active first, within the caller's account only", async () => {
    const stranger = await insertBareAccount(database.db);
    await sandbox.send(newHandover(stranger, { to: handset }));
    await sandbox.send(newHandover(caller.accountSid, { to: handset }));
    await sandbox.send(newHandover(caller.accountSid, { to: "+12025550124" }));
    await call("POST", "/inbound", { from: "+12025550124", to: ownNumber, body: "hi" });
    const { body } = await call("GET", "/handsets");
    expect(body.handsets).toMatchObject([
      { number: "+12025550124", received: 1, sent: 1 },
      { number: handset, received: 1, sent: 0 },
    ]);
    expect((await call("GET", `/handsets/${handset}`)).body.messages).toHaveLength(1);
  });

  it("are cleared for the caller's account only, on record", async () => {
    const stranger = await insertBareAccount(database.db);
    await sandbox.send(newHandover(stranger, { to: handset }));
    await sandbox.send(newHandover(caller.accountSid, { to: handset }));
    expect(await call("DELETE", `/handsets/${handset}`)).toEqual({ status: 200, body: { deleted: 1 } });
    const audit = await database.db.query("select action, subject from audit where account_id = $1", [
      uuidOf(caller.accountSid),
    ]);
    expect(audit).toEqual([{ action: "sandbox.handset.cleared", subject: handset }]);
    caller = principal(stranger);
    expect((await call("GET", `/handsets/${handset}`)).body.messages).toHaveLength(1);
  });
});

describe("inbound", () => {
  it("takes media, whose message is an MMS", async () => {
    const mediaUrls = ["https://example.com/cat.png"];
    const sent = await call("POST", "/inbound", { from: handset, to: ownNumber, body: "", mediaUrls });
    expect(sent.body).toMatchObject({ sid: expect.stringMatching(/^MM/), numMedia: 1 });
    expect((await call("GET", `/handsets/${handset}`)).body.messages).toMatchObject([
      { messageSid: sent.body.sid, mediaUrls },
    ]);
  });

  it("takes the caller's account by name, and no other", async () => {
    const message = { from: handset, to: ownNumber, body: "hi" };
    expect((await call("POST", "/inbound", { ...message, account: caller.accountSid })).status).toBe(201);
    const stranger = await insertBareAccount(database.db);
    expect((await call("POST", "/inbound", { ...message, account: stranger })).status).toBe(404);
  });

  it.each([
    [{ to: ownNumber, body: "hi" }, /from/],
    [{ from: "Bob", to: ownNumber, body: "hi" }, /from.*E\.164/],
    [{ from: handset, to: ownNumber, body: "a\u0000b" }, /body.*U\+0000/],
    [{ from: handset, to: ownNumber, body: "hi", text: "hi" }, /Unrecognized key: "text"/],
    [{ from: handset, to: ownNumber, body: "hi", mediaUrls: ["file:///etc/passwd"] }, /mediaUrls/],
  ])("refuses %j and says what is wrong", async (message, complaint) => {
    const { status, body } = await call("POST", "/inbound", message);
    expect(status).toBe(400);
    expect(body.message).toMatch(complaint);
  });
});

describe("fault rules", () => {
  it("are empty at first, come back with their defaults as they were put, and leave a trace", async () => {
    expect((await call("GET", "/faults")).body).toEqual({ seed: 0, seedBy: "content", rules: [] });
    const rules = [{ match: { to: handset, times: 2 }, effect: { type: "latency", ms: 5 } }];
    const put = await call("PUT", "/faults", { seed: 7, rules });
    const stored = {
      seed: 7,
      seedBy: "content",
      rules: [
        {
          match: { to: handset, from: "*", probability: 1, times: 2 },
          effect: { type: "latency", ms: 5, jitterMs: 0 },
        },
      ],
    };
    expect(put).toEqual({ status: 200, body: stored });
    expect((await call("GET", "/faults")).body).toEqual(stored);
    const audit = await database.db.query("select action, after from audit where account_id = $1", [
      uuidOf(caller.accountSid),
    ]);
    expect(audit).toEqual([{ action: "sandbox.faults.replaced", after: stored }]);
  });

  it("tell in the audit log what was before each change, also of many at once", async () => {
    const seeds = Array.from({ length: 12 }, (_none, index) => index + 100);
    await Promise.all(seeds.map((seed) => call("PUT", "/faults", { seed, rules: [] })));
    const rows = await database.db.query<{ before: number; after: number }>(
      `select (before->>'seed')::int as before, (after->>'seed')::int as after from audit
       where account_id = $1 and action = 'sandbox.faults.replaced' and (after->>'seed')::int = any($2::int[])`,
      [uuidOf(caller.accountSid), seeds],
    );
    expect(rows).toHaveLength(seeds.length);
    // Nobody's change is followed by two others.
    expect(new Set(rows.map(({ before }) => before)).size).toBe(seeds.length);
  });

  it("are in force for the next hand-over", async () => {
    await sandbox.send(newHandover(caller.accountSid));
    await call("PUT", "/faults", { rules: [{ effect: { type: "rate-limit" } }] });
    expect(await sandbox.send(newHandover(caller.accountSid))).toMatchObject({ kind: "retry" });
  });

  it("with an unknown key are refused by its name, and the old rules stay", async () => {
    await call("PUT", "/faults", { seed: 3, rules: [] });
    const refused = await call("PUT", "/faults", { rules: [{ effect: { type: "latency", ms: 5, jitter: 1 } }] });
    expect(refused.status).toBe(400);
    expect(refused.body.message).toMatch(/rules\/0\/effect.*Unrecognized key: "jitter"/);
    expect((await call("GET", "/faults")).body.seed).toBe(3);
  });
});

it.each([
  ["viewer", "POST", "/inbound", { from: handset, to: ownNumber, body: "hi" }],
  ["sender", "PUT", "/faults", { rules: [] }],
  ["sender", "DELETE", `/handsets/${handset}`, undefined],
] as const)("a %s may not %s %s", async (role, method, url, payload) => {
  caller = principal(caller.accountSid, role);
  expect((await call(method, url, payload)).status).toBe(403);
});
