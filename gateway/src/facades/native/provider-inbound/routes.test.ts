import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative } from "../../../../test/support/native-client.ts";
import { newUuid } from "../../../core/ids.ts";
import { insertProvider } from "../../../store/providers.ts";

let gateway: TestGateway;
let authorization: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  authorization = basic(gateway.accountSid, gateway.authToken);
});
afterAll(() => gateway.stop());

const call = (path: string, body?: unknown, as = authorization) => callNative(gateway.url, as, ["POST", path, body]);

async function provider(baseUrl: string): Promise<string> {
  const { db, sealer, accountSid, authToken } = gateway;
  const id = newUuid();
  const config = { accountSid, baseUrl };
  await insertProvider(db, sealer, { accountSid, id, kind: "twilio", name: "up", config, secrets: { authToken } });
  return id;
}

describe("pointing an upstream's numbers here", () => {
  it("is refused with what to do about it, and never an error of ours", async () => {
    const away = await provider("https://sms.example.net");
    const closed = await provider("http://127.0.0.1:9");
    const { body: all } = await callNative(gateway.url, authorization, ["GET", "/providers"]);
    const sandbox = String(all.providers.find(({ kind }: { kind: string }) => kind === "sandbox").id);
    for (const [path, body, status, message] of [
      [`/providers/${away}/inbound`, undefined, 400, "TRUNKLINE_PUBLIC_URL"],
      [`/providers/${sandbox}/inbound`, undefined, 400, "kind twilio"],
      ["/providers/nobody/inbound", undefined, 404, "no provider"],
      [`/providers/${closed}/inbound`, { numbers: [] }, 400, "numbers"],
      [`/providers/${closed}/inbound`, { numbers: ["12"] }, 400, "E.164"],
      [`/providers/${closed}/inbound`, { numbers: ["+12025550100", "+12025550100"] }, 400, "twice"],
      [`/providers/${closed}/inbound`, { other: 1 }, 400, "other"],
    ] as const) {
      const answer = await call(path, body);
      expect(answer.status, path + JSON.stringify(answer.body)).toBe(status);
      expect(answer.body.error.message).toContain(message);
    }
    const unreachable = await call(`/providers/${closed}/inbound`);
    expect(unreachable.status).toBeLessThan(500);
    expect(unreachable.body.error).toMatchObject({ code: "upstream-rejected" });
    const viewer = await call(`/providers/${away}/inbound`, undefined, `Bearer ${gateway.viewerKey}`);
    expect(viewer.status).toBe(403);
    const other = await gateway.addAccount();
    const foreign = await call(`/providers/${away}/inbound`, undefined, basic(other.accountSid, other.authToken));
    expect(foreign.status).toBe(404);
  });
});
