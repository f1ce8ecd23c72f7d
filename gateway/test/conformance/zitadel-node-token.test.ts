// @zitadel/node with a service account's key file as the gateway makes it: discovery, the signed assertion, the token.

import { ServiceAccount } from "@zitadel/node/dist/credentials/index.js";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { basic, callNative } from "../support/native-client.ts";

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.stop());

it("@zitadel/node gets a token for the APIs with a key file, and none without their scope", async () => {
  const owner = basic(gateway.accountSid, gateway.authToken);
  const path = `/accounts/${gateway.accountSid}/service-accounts`;
  const made = await callNative(gateway.url, owner, ["POST", path, { name: "sdk", role: "operator" }]);
  const key = await callNative(gateway.url, owner, ["POST", `${path}/${made.body.id}/keys`, {}]);
  const account = ServiceAccount.fromJsonString(JSON.stringify(key.body.keyFile));
  const session = async (token: string) => callNative(gateway.url, `Bearer ${token}`, ["GET", "/session"]);
  const { status, body } = await session(await account.authenticate(gateway.url, { apiAccess: true }));
  expect([status, body.credential, body.role]).toEqual([200, "service-account", "operator"]);
  expect((await session(await account.authenticate(gateway.url))).status).toBe(401);
});
