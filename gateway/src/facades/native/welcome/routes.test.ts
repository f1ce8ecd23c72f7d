import { request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFirstGateway } from "../../../../test/support/first-start.ts";
import type { Gateway } from "../../../app.ts";

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startFirstGateway();
}, 60_000);
afterAll(() => gateway?.stop());

const token = (link: string | null) => new URLSearchParams(new URL(link ?? "x:").hash.slice(1)).get("welcome") ?? "";

/** With any headers, also those that fetch keeps to itself. */
function redeem(given: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(`${gateway.url}/trunkline/v1/welcome`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
    });
    asked.on("error", reject);
    asked.on("response", (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
    asked.end(JSON.stringify({ token: given }));
  });
}

describe("the link of a first start", () => {
  it.each([
    ["another host's name", { host: "evil.example" }],
    ["another host's name that begins like this one", { host: "localhost.evil.example" }],
    ["another site's page", { origin: "https://evil.example" }],
    ["another port's page", { origin: "http://127.0.0.1:1" }],
    ["another site, as the browser says", { "sec-fetch-site": "cross-site" }],
    ["a proxy", { "x-forwarded-for": "203.0.113.9" }],
    ["a form", { "content-type": "text/plain" }],
  ])("gives nothing to %s, and still works afterwards", async (_who, headers) => {
    const { status, body } = await redeem(token(gateway.welcomeLink), headers);
    expect([404, 415, 400]).toContain(status);
    expect(body).not.toContain(gateway.account.made?.authToken);
  });

  it("gives nothing for a wrong token", async () => {
    for (const wrong of ["x", token(gateway.welcomeLink).slice(1), `${token(gateway.welcomeLink)}x`]) {
      expect((await redeem(wrong)).status).toBe(404);
    }
  });

  it("gives the credentials once", async () => {
    const { accountSid, authToken, accessKey } = gateway.account.made ?? {};
    const first = await redeem(token(gateway.welcomeLink), { origin: gateway.url, "sec-fetch-site": "same-origin" });
    expect(first.status).toBe(200);
    expect(JSON.parse(first.body)).toMatchObject({ accountSid, authToken, accessKey });
    expect((await redeem(token(gateway.welcomeLink))).status).toBe(404);
  });

  it.each([
    ["is reached by others", { TRUNKLINE_HOST: "0.0.0.0" }],
    ["has a public URL", { TRUNKLINE_PUBLIC_URL: "https://sms.example.com" }],
    ["stands behind a proxy", { TRUNKLINE_TRUSTED_PROXIES: "127.0.0.1/32" }],
  ])("does not exist where the gateway %s", async (_how, env) => {
    const open = await startFirstGateway(env);
    const link = open.welcomeLink;
    await open.stop();
    expect(link).toBeNull();
  });
});
