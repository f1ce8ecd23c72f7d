// What an upstream has not got, and is not to be sent again for that: it may still be on its way, or have been handed over
// elsewhere. Other gateways are the upstreams; their own records are the judges.

import { createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Uuid, uuidOf } from "../../src/core/ids.ts";
import { createProviders } from "../../src/services/providers/create-providers.ts";
import { movableClock, startTestGateway, type TestAccount, type TestGateway } from "../support/gateway.ts";
import { basic, callNative } from "../support/native-client.ts";
import { silentLog } from "../support/sandbox.ts";
import { accept, addProvider, attemptsOf, chain, receivedTexts, until, untilHandedOver } from "../support/upstreams.ts";

const clock = movableClock();
let gateway: TestGateway;
let upstream: TestGateway;
let other: TestGateway;
let way: Way;

beforeAll(async () => {
  [gateway, upstream, other] = await Promise.all([
    startTestGateway({ dispatch: true, clock }),
    startTestGateway({ dispatch: true }),
    startTestGateway({ dispatch: true }),
  ]);
}, 60_000);
afterAll(async () => {
  await gateway.stop();
  await Promise.all([upstream.stop(), other.stop()]);
});

interface Sent {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A proxy that ends the connection of a message at once, and may deliver it later. */
interface Way {
  readonly url: string;
  /** Messages that came and were not passed on. */
  readonly kept: Sent[];
  /** What is done with the next messages; null: they are kept. */
  onMessage: ((sent: Sent) => Promise<{ readonly status: number; readonly text: string }>) | null;
  /** Nobody is there any more. */
  isDead: boolean;
  close(): Promise<void>;
}

async function startWay(): Promise<Way> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      const { authorization = "", "content-type": type = "", "idempotency-key": key = "" } = request.headers;
      const headers = { authorization, "content-type": type, "idempotency-key": String(key) };
      const sent = { path: request.url ?? "", headers, body: Buffer.concat(chunks).toString() };
      if (made.isDead) return void request.socket.destroy();
      if (request.method === "POST" && made.onMessage === null) {
        made.kept.push(sent);
        return void request.socket.destroy();
      }
      const answer = await (request.method === "POST" ? made.onMessage?.(sent) : pass(sent, "GET"));
      response.writeHead(answer?.status ?? 500, { "content-type": "application/json" }).end(answer?.text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const made: Way = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    kept: [],
    onMessage: null,
    isDead: false,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return made;
}

function pass({ path, headers, body }: Sent, method = "POST"): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const passed = httpRequest(`${upstream.url}${path}`, { method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    passed.on("error", reject);
    passed.end(method === "POST" ? body : undefined);
  });
}

let messages = 0;

/** A message through a way of its own, whose first attempt got no answer. */
async function sendIntoSilence(reports: "auto" | "polling" = "auto") {
  way = await startWay();
  const account = { ...gateway, ...(await gateway.addAccount()) };
  const providerId = await addProvider(account, {
    ...{ name: "first", baseUrl: way.url, account: upstream },
    config: { reports },
  });
  await chain(account, providerId);
  const body = `late ${messages++}`;
  const sid = await accept(account, { To: "+12025550123", Body: body });
  await until(async () => way.kept.length > 0 && (await attemptsOf(account, sid))[0]?.outcome === "unknown");
  return { account, providerId, body, sid };
}

async function endOf(account: TestGateway, sid: string) {
  const end = await untilHandedOver(account, sid);
  const attempts = await attemptsOf(account, sid);
  return { end, path: attempts.map(({ outcome }) => outcome) };
}

/** How many have been accepted there, and reached the handset: waited for, so that a second copy would be seen. */
async function copiesAt(there: TestGateway, body: string): Promise<number> {
  const rows = await there.db.query("select 1 as one from messages where body = $1 and direction <> 'inbound'", [body]);
  await until(async () => ((await receivedTexts(there)).get(body) ?? 0) === rows.length);
  return rows.length;
}

describe("no answer, and the upstream has not got it", { timeout: 40_000 }, () => {
  it("is asked about for most of a minute: what arrives until then is adopted", async () => {
    const { account, body, sid } = await sendIntoSilence();
    clock.move(20_000);
    await until(async () => (await untouchedSince(account, sid)) >= 20_000);
    await Promise.all(way.kept.map((sent) => pass(sent)));
    clock.move(20_000);
    expect(await endOf(account, sid)).toMatchObject({ path: ["adopted"] });
    expect(await copiesAt(upstream, body)).toBe(1);
    await way.close();
  });

  it("is sent again after that", async () => {
    const { account, body, sid } = await sendIntoSilence();
    way.onMessage = (sent) => pass(sent);
    clock.move(61_000);
    expect(await endOf(account, sid)).toMatchObject({ path: ["lost", "accepted"] });
    expect(await copiesAt(upstream, body)).toBe(1);
    await way.close();
  });

  it.each(["before", "after"])("and is there once even if the first arrives right %s the second", async (when) => {
    const { account, body, sid } = await sendIntoSilence();
    way.onMessage = async (sent) => {
      const late = () => Promise.all(way.kept.splice(0).map((first) => pass(first)));
      if (when === "before") await late();
      const answer = await pass(sent);
      await late();
      return answer;
    };
    clock.move(61_000);
    const { path } = await endOf(account, sid);
    // Its upstream's report on the late copy may have come by now, and settled it.
    expect(["lost", "adopted"]).toContain(path[0]);
    expect(await copiesAt(upstream, body)).toBe(1);
    await way.close();
  });
});

/** Dispatch remembers the provider as it was for a second, and asks ever more seldom: time goes on until it has an end. */
async function endInTime(account: TestGateway, sid: string) {
  const passing = setInterval(() => clock.move(10_000), 200);
  return await endOf(account, sid).finally(() => clearInterval(passing));
}

/** How much later than the last question about it the gateway's time is. */
async function untouchedSince({ db, accountSid }: TestGateway, sid: string): Promise<number> {
  const [row] = await db.query<{ age: number }>(
    `select (extract(epoch from finished_at - started_at) * 1000)::float8 as age from attempts
     where account_id = $1 and message_id = $2`,
    [uuidOf(accountSid), uuidOf(sid)],
  );
  return row?.age ?? 0;
}

describe("no answer, and the provider leads elsewhere by now", { timeout: 40_000 }, () => {
  const failed = { path: ["unknown"], end: { status: "failed", code: 30410 } };

  /** The upstream has it, and is gone. */
  async function sendIntoTheDark() {
    // Nor does it report: that would tell.
    const sent = await sendIntoSilence("polling");
    way.isDead = true;
    await Promise.all(way.kept.map((each) => pass(each)));
    return sent;
  }

  it("is not sent there: nobody can tell", async () => {
    const { account, providerId, body, sid } = await sendIntoTheDark();
    const moved = await callNative(gateway.url, basic(account.accountSid, account.authToken), [
      "PATCH",
      `/providers/${providerId}`,
      { baseUrl: other.url, accountSid: other.accountSid, authToken: other.authToken },
    ]);
    expect(moved.status).toBe(200);
    clock.move(61_000);
    expect(await endInTime(account, sid)).toMatchObject(failed);
    expect([await copiesAt(upstream, body), await copiesAt(other, body)]).toEqual([1, 0]);
    await way.close();
  });

  it("nor when the provider was deleted and made again under its id", async () => {
    const { account, providerId, body, sid } = await sendIntoTheDark();
    await makeAnew(account, providerId, other);
    clock.move(61_000);
    expect(await endInTime(account, sid)).toMatchObject(failed);
    expect([await copiesAt(upstream, body), await copiesAt(other, body)]).toEqual([1, 0]);
    await way.close();
  });
});

async function makeAnew(account: TestGateway, id: Uuid, at: TestAccount & { readonly url: string }): Promise<void> {
  const { db, sealer, accountSid } = account;
  const stopping = new AbortController().signal;
  const providers = createProviders({ db, sealer, clock, log: silentLog, upstreams: {}, stopping });
  await providers.remove(accountSid, "test", id);
  const config = { baseUrl: at.url, accountSid: at.accountSid, fromNumber: at.numbers[0] };
  const draft = { kind: "twilio", name: "anew", config, secrets: { authToken: at.authToken } } as const;
  await providers.create(accountSid, "test", draft, { id, chain: "head", check: "skip" });
}
