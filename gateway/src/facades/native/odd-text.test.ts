// Text that PostgreSQL cannot keep, in text or in jsonb, is refused as the caller's mistake wherever it comes in.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../test/support/gateway.ts";
import { basic, callNative } from "../../../test/support/native-client.ts";

let gateway: TestGateway;
let authorization: string;
beforeAll(async () => {
  gateway = await startTestGateway();
  authorization = basic(gateway.accountSid, gateway.authToken);
});
afterAll(() => gateway.stop());

const [number, handset] = ["+12025550100", "+12025550142"];
const sender = `/accounts/{account}/senders/${number}`;

/** Where a text goes in: method, path and a body that is right with an ordinary text. */
const places: readonly (readonly [method: string, path: string, bodyWith: (text: string) => unknown])[] = [
  ["POST", "/providers", (text) => ({ kind: "sandbox", name: `n${text}` })],
  ["PATCH", sender, (text) => ({ friendlyName: `n${text}` })],
  ["PATCH", sender, (text) => ({ smsUrl: `https://e.com/${text}` })],
  ["POST", "/sandbox/inbound", (text) => ({ from: handset, to: number, body: `b${text}` })],
  [
    "POST",
    "/sandbox/inbound",
    (text) => ({ from: handset, to: number, body: "", mediaUrls: [`https://e.com/${text}`] }),
  ],
  ["PUT", "/sandbox/faults", (text) => ({ rules: [{ match: { from: `a${text}` }, effect: { type: "no-report" } }] })],
];

describe.each(places)("%s %s", (method, path, bodyWith) => {
  const send = (text: string) =>
    callNative(gateway.url, authorization, [method, path.replace("{account}", gateway.accountSid), bodyWith(text)]);

  it("takes an ordinary text, and refuses a NUL and half a surrogate pair", async () => {
    const answers = [await send("x"), await send("\0"), await send("\ud800"), await send("\udc00x")];
    expect(answers.map(({ status }) => (status < 300 ? "taken" : status))).toEqual(["taken", 400, 400, 400]);
  });
});
