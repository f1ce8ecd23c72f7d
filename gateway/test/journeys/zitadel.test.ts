// ZITADEL on both sides of the gateway: its administrators' client sets up the way out, its webhook brings the codes in. A
// third gateway is the upstream, two processes are the gateway.

import { createHmac } from "node:crypto";
import { createServerTransport } from "@zitadel/client/node";
import { createAdminServiceClient } from "@zitadel/client/v1";
import { afterAll, beforeAll, expect, it } from "vitest";
import { uuidOf } from "../../src/core/ids.ts";
import { startTestGateway, type TestAccount, type TestGateway } from "../support/gateway.ts";
import { basic, callNative } from "../support/native-client.ts";
import { zitadelCalls } from "../support/zitadel.ts";
import { zitadelEventLine } from "../support/zitadel-event.ts";

let gateway: TestGateway;
let sibling: { readonly url: string; stop(): Promise<void> };
let upstream: TestGateway;
let second: TestAccount;
const signingKey = "Zx81mQ0vT4bLrW9eKc2HnYpD6sUaJf3gOi7R";

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startTestGateway({ dispatch: true }), startTestGateway({ dispatch: true })]);
  sibling = await gateway.startSibling();
  second = await upstream.addAccount();
}, 60_000);
afterAll(async () => {
  await sibling.stop();
  await Promise.all([gateway.stop(), upstream.stop()]);
});

const native = (method: string, path: string, body?: unknown) =>
  callNative(gateway.url, basic(gateway.accountSid, gateway.authToken), [method, path, body]);

let codes = 10_000_000;

/** A new code, as ZITADEL posts it; resolves to the code. */
async function post(url: string): Promise<string> {
  const code = String(codes++);
  const body = zitadelEventLine.replaceAll("48151623", code);
  const seconds = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", signingKey).update(`${seconds}.${body}`).digest("hex");
  const headers = { "content-type": "application/json", "zitadel-signature": `t=${seconds},v1=${signature}` };
  const response = await fetch(url, { method: "POST", headers, body });
  expect(response.status).toBe(200);
  return code;
}

/** Has the upstream's account sent the code? */
async function hasSent({ accountSid }: TestAccount, code: string): Promise<boolean> {
  const rows = await upstream.db.query("select 1 as sent from messages where account_id = $1 and body like $2", [
    uuidOf(accountSid),
    `%${code}%`,
  ]);
  return rows.length > 0;
}

it("codes go where ZITADEL's administrator says, from every process, and nowhere when nothing is active", async () => {
  const token = await zitadelCalls(() => gateway.url).tokenOf(gateway, "owner");
  const client = createAdminServiceClient(createServerTransport(token, { baseUrl: gateway.url }));
  const hook = await native("POST", `/accounts/${gateway.accountSid}/incoming-hooks`, { name: "ZITADEL", signingKey });
  const urls = [gateway.url, sibling.url].map((origin) => `${origin}/hooks/zitadel/${hook.body.id}`);
  const ids = await Promise.all(
    [upstream, second].map(async ({ accountSid, authToken, numbers }) => {
      const { id } = await client.addSMSProviderTwilio(
        { sid: accountSid, token: authToken, senderNumber: numbers[0] },
        {},
      );
      // ZITADEL's clients cannot say where an upstream is.
      expect((await native("PATCH", `/providers/${id}`, { baseUrl: upstream.url })).status).toBe(200);
      return id;
    }),
  );
  for (const [index, account] of [upstream, second, upstream].entries()) {
    await client.activateSMSProvider({ id: ids[index % 2] ?? "" }, {});
    for (const url of urls) {
      const reaches = async () => {
        const code = await post(url);
        // Either of the two has it, or nobody yet.
        const sent = () => Promise.all([upstream, second].map((one) => hasSent(one, code)));
        await expect.poll(async () => (await sent()).includes(true)).toBe(true);
        return await hasSent(account, code);
      };
      await expect.poll(reaches, { interval: 100 }).toBe(true);
    }
  }
  await client.deactivateSMSProvider({ id: ids[0] ?? "" }, {});
  const { body } = await native("GET", "/providers");
  expect(body.providers.filter((one: { chainPosition: number | null }) => one.chainPosition !== null)).toEqual([]);
});
