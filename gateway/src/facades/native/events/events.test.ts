import { once } from "node:events";
import { connect } from "node:net";
import { type FastifyPluginAsync, fastify } from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative, openTail, type Tail } from "../../../../test/support/native-client.ts";
import { silentLog } from "../../../../test/support/sandbox.ts";
import { dashboardTokens } from "../../../../test/support/sign-in.ts";
import { systemClock } from "../../../core/clock.ts";
import { hashPassword } from "../../../core/credentials/password.ts";
import { type AccountSid, type MessageSid, newUuid, sidOf, uuidOf } from "../../../core/ids.ts";
import { createAuthenticator } from "../../../services/authenticator.ts";
import { insertMessages, type NewMessage } from "../../../store/message-insert.ts";
import { putGrant } from "../../../store/user-grants.ts";
import { insertUser } from "../../../store/users.ts";
import { requirePrincipal } from "../auth.ts";
import { sendError } from "../errors.ts";
import { registerEventRoutes } from "./routes.ts";
import { createEventTail, type EventTail } from "./tail.ts";

let gateway: TestGateway;
let sibling: { readonly url: string; stop(): Promise<void> };
beforeAll(async () => {
  gateway = await startTestGateway({ dispatch: true, deliveryMs: 300 });
  sibling = await gateway.startSibling();
}, 60_000);
afterAll(async () => {
  await sibling?.stop();
  await gateway?.stop();
});

const open: Tail[] = [];
afterEach(() => {
  for (const tail of open.splice(0)) tail.close();
});

async function tail(url: string, account: TestAccount, options: Parameters<typeof openTail>[2] = {}): Promise<Tail> {
  const opened = await openTail(url, authorization(account), options);
  open.push(opened);
  return opened;
}

const authorization = (account: TestAccount) => basic(account.accountSid, account.authToken);

async function send(url: string, account: TestAccount, body = "hello"): Promise<string> {
  const response = await fetch(`${url}/2010-04-01/Accounts/${account.accountSid}/Messages.json`, {
    method: "POST",
    headers: { authorization: authorization(account) },
    body: new URLSearchParams({ To: "+12025550123", From: account.numbers[0], Body: body }),
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as { sid: string }).sid;
}

function newMessage(accountSid: AccountSid, id = newUuid()): NewMessage {
  return {
    accountSid,
    sid: sidOf<MessageSid>("SM", id),
    direction: "outbound-api",
    status: "canceled",
    from: "+12025550100",
    to: "+12025550123",
    senderId: null,
    messagingServiceSid: null,
    body: "x".repeat(300),
    numSegments: 1,
    mediaUrls: [],
    statusCallback: null,
    options: {},
    dueAt: new Date("2999-01-01"),
    expiresAt: new Date("2999-01-02"),
    paced: false,
    consentSenders: null,
  };
}

async function store(accountSid: AccountSid, ids: readonly ReturnType<typeof newUuid>[]): Promise<void> {
  await insertMessages(
    gateway.db,
    ids.map((id) => newMessage(accountSid, id)),
    new Date(),
  );
}

describe("the live tail", () => {
  it("shows a message's life to listeners of every process on the database, in order and once", async () => {
    const here = await tail(gateway.url, gateway);
    const there = await tail(sibling.url, gateway);
    const sids = [await send(gateway.url, gateway), await send(sibling.url, gateway)];
    for (const one of [here, there]) {
      const events = await one.until((all) => all.filter(({ type }) => type === "message.delivered").length === 2);
      for (const sid of sids) {
        const own = events.filter((event) => event.message.sid === sid);
        expect(own.map(({ type }) => type)).toEqual(["message.accepted", "message.sent", "message.delivered"]);
        expect(own.map(({ message }) => message.status)).toEqual(["accepted", "sent", "delivered"]);
        expect(own[0]?.id).toBe(uuidOf(sid));
      }
      expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    }
  });

  it("carries texts only when asked to", async () => {
    const plain = await tail(gateway.url, gateway);
    const full = await tail(gateway.url, gateway, { query: "?bodies=true" });
    await send(gateway.url, gateway, "the text");
    expect((await plain.until((all) => all.length > 0))[0]?.message).not.toHaveProperty("body");
    expect((await full.until((all) => all.length > 0))[0]?.message.body).toBe("the text");
  });

  it("shows another account nothing", async () => {
    const other = await gateway.addAccount();
    const theirs = await tail(gateway.url, other);
    const ours = await tail(gateway.url, gateway);
    await send(gateway.url, gateway);
    await ours.until((all) => all.some(({ type }) => type === "message.delivered"));
    const sid = await send(gateway.url, other);
    const seen = await theirs.until((all) => all.some(({ type }) => type === "message.delivered"));
    expect(new Set(seen.map(({ message }) => message.sid))).toEqual(new Set([sid]));
  });

  it("passes on what is committed late, behind what has been passed on already, and once", async () => {
    const account = await gateway.addAccount();
    const listener = await tail(gateway.url, account);
    const early = newUuid();
    const late = newUuid();
    await store(account.accountSid, [late]);
    await listener.until((all) => all.length === 1);
    await store(account.accountSid, [early]);
    await listener.until((all) => all.length === 2);
    const last = newUuid();
    await store(account.accountSid, [last]);
    const events = await listener.until((all) => all.length >= 3);
    expect(events.map(({ id }) => id)).toEqual([late, early, last]);
  });
});

describe("resuming", () => {
  it("begins after Last-Event-ID and goes on live, without a hole or a repetition", async () => {
    const account = await gateway.addAccount();
    const ids = Array.from({ length: 1_234 }, () => newUuid());
    await store(account.accountSid, ids);
    const after = ids[99] ?? "";
    const resumed = tail(gateway.url, account, { lastEventId: after });
    // While the past is being read, the present goes on.
    const meanwhile = Array.from({ length: 300 }, () => newUuid());
    for (let start = 0; start < meanwhile.length; start += 30) {
      await store(account.accountSid, meanwhile.slice(start, start + 30));
    }
    const wanted = [...ids.slice(100), ...meanwhile];
    const events = await (await resumed).until((all) => all.length >= wanted.length);
    expect(events.map(({ id }) => id).sort()).toEqual(wanted);
    expect((await resumed).notices).toEqual([]);
  });

  it("works by query for clients that cannot set headers, in either case of the id", async () => {
    const account = await gateway.addAccount();
    const ids = [newUuid(), newUuid()];
    await store(account.accountSid, ids);
    const resumed = await tail(gateway.url, account, { query: `?lastEventId=${ids[0]?.toUpperCase()}` });
    expect((await resumed.until((all) => all.length === 1))[0]?.id).toBe(ids[1]);
  });

  it("names a gap in place of more than the client wants to be caught up with, and goes on with the present", async () => {
    const account = await gateway.addAccount();
    const ids = Array.from({ length: 30 }, () => newUuid());
    await store(account.accountSid, ids);
    const asked = { lastEventId: ids[9] ?? "" };
    const all = await tail(gateway.url, account, { ...asked, query: "?catchUpMax=20" });
    expect((await all.until((events) => events.length === 20)).map(({ id }) => id)).toEqual(ids.slice(10));
    const few = await tail(gateway.url, account, { ...asked, query: "?catchUpMax=19" });
    const last = newUuid();
    await store(account.accountSid, [last]);
    expect((await few.until((events) => events.length > 0)).map(({ id }) => id)).toEqual([last]);
    expect(few.notices).toEqual(["gap"]);
    expect(all.notices).toEqual([]);
  });

  it("refuses an id that is none", async () => {
    const refused = await fetch(`${gateway.url}/trunkline/v1/events`, {
      headers: { authorization: authorization(gateway), "last-event-id": "42" },
    });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: { details: [{ in: "headers", field: "last-event-id" }] } });
  });
});

describe("a client that reads too slowly", () => {
  it("is told of the gap, costs others nothing, and goes on with the present", async () => {
    const account = await gateway.addAccount();
    const quick = await tail(gateway.url, account);
    const { hostname, port } = new URL(gateway.url);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.pause();
    await once(socket, "connect");
    socket.write(
      `GET /trunkline/v1/events?bodies=true HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization(account)}\r\n\r\n`,
    );
    await once(socket, "readable");
    const total = 20_000;
    for (let sent = 0; sent < total; sent += 1_000) {
      await store(
        account.accountSid,
        Array.from({ length: 1_000 }, () => newUuid()),
      );
      await quick.until((all) => all.length >= sent + 1_000);
    }
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    await expect.poll(() => text).toContain("event: gap");
    const last = newUuid();
    await store(account.accountSid, [last]);
    await expect.poll(() => text).toContain(`id: ${last}`);
    socket.destroy();
    expect(text.match(/^id: /gm)?.length).toBeLessThan(total);
    expect(quick.notices).toEqual([]);
  }, 60_000);
});

describe("a process with no room for more streams", () => {
  it("refuses them, also when they all ask in the same moment, and has room again when one ends", async () => {
    const app = fastify().setValidatorCompiler(validatorCompiler).setSerializerCompiler(serializerCompiler);
    app.setErrorHandler((error: unknown, request, reply) => sendError(silentLog, error, request, reply));
    const deps = { db: gateway.db, sealer: gateway.sealer, clock: systemClock, log: silentLog };
    const authenticator = createAuthenticator(deps);
    const real = createEventTail(deps);
    const held = Promise.withResolvers<void>();
    const slow: EventTail = {
      ...real,
      subscribe: async (...listener) => {
        await held.promise;
        return real.subscribe(...listener);
      },
    };
    const api: FastifyPluginAsync = async (routes) => {
      requirePrincipal(routes, authenticator);
      registerEventRoutes(routes, { ...deps, authenticator, tail: slow, streamsMax: 2 });
    };
    await app.register(api, { prefix: "/trunkline/v1" });
    const url = await app.listen({ host: "127.0.0.1", port: 0 });
    try {
      const refused: string[] = [];
      const asked = Array.from({ length: 6 }, () => tail(url, gateway).catch((error) => refused.push(String(error))));
      await expect.poll(() => refused).toEqual(Array(4).fill("Error: no stream: 429"));
      held.resolve();
      await Promise.all(asked);
      open.pop()?.close();
      await expect.poll(() => tail(url, gateway).then(() => "let in", String)).toBe("let in");
    } finally {
      await app.close();
    }
  });
});

describe("the end", () => {
  it("of a person's role ends their stream before the next heartbeat", { timeout: 10_000 }, async () => {
    const account = await gateway.addAccount();
    const person = { id: newUuid(), email: "leaving@example.com", name: "", administrator: false };
    const password = "a long enough password";
    await insertUser(gateway.db, { ...person, passwordHash: await hashPassword(password) });
    await putGrant(gateway.db, account.accountSid, person.id, "viewer");
    const tokens = await dashboardTokens(gateway.url, { email: person.email, password });
    const listener = await openTail(gateway.url, `Bearer ${tokens.access_token}`);
    open.push(listener);
    const path = `/accounts/${account.accountSid}/users/${person.id}`;
    expect((await callNative(gateway.url, authorization(account), ["DELETE", path])).status).toBe(204);
    await listener.ended;
  });

  it("of the process ends the streams", async () => {
    const third = await gateway.startSibling();
    const listener = await tail(third.url, gateway);
    await third.stop();
    await listener.ended;
  });

  it("needs credentials to begin with", async () => {
    expect((await callNative(gateway.url, null, ["GET", "/events"])).status).toBe(401);
    const foreign = `/events?account=${(await gateway.addAccount()).accountSid}`;
    expect((await callNative(gateway.url, authorization(gateway), ["GET", foreign])).status).toBe(404);
  });
});
