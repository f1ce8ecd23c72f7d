import { createConnection } from "@prismatic-io/spectral/dist/testing.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authTokenConnection } from "../src/connections/auth-token.ts";
import { type ComponentOnGateway, componentOnGateway, newHandsets } from "./support/component-on-gateway.ts";

let on: ComponentOnGateway;
beforeAll(async () => {
  on = await componentOnGateway();
});
afterAll(() => on.stop());
const handset = newHandsets();

describe("Send Bulk SMS", () => {
  it("sends each text once and says of every recipient what became of it", async () => {
    const [ada, bob] = [handset(), handset()];
    const report = await on.run("sendBulk", {
      from: on.gateway.numbers[0],
      template: "Hello {{name}}",
      recipients: JSON.stringify([
        { to: ada, variables: { name: "Ada" } },
        { to: bob, variables: { name: "Bob" } },
        { to: ada, variables: { name: "Ada" } },
        { to: "nobody", variables: { name: "X" } },
        { to: handset() },
      ]),
    });
    expect(report).toMatchObject({
      accepted: 2,
      skipped: 1,
      refused: 2,
      unknown: 0,
      results: [
        { index: 0, to: ada, outcome: "accepted", sid: expect.stringMatching(/^SM/) },
        { index: 1, to: bob, outcome: "accepted" },
        { index: 2, outcome: "skipped", reason: expect.stringContaining("same text") },
        { index: 3, outcome: "refused", reason: expect.stringContaining("To is not") },
        { index: 4, outcome: "refused", reason: expect.stringContaining("{{name}}") },
      ],
    });
    expect(await on.run("listMessages", { to: ada })).toMatchObject([{ body: "Hello Ada" }]);
  });

  it("reaches nobody twice when the mailing is sent again under its key", async () => {
    const recipients = [handset(), handset(), handset()];
    const mailing = { from: on.gateway.numbers[0], template: "Sale!", batchKey: `sale-${recipients[0]}` };
    const first = await on.run<{ results: { sid: string }[] }>("sendBulk", { ...mailing, recipients });
    const more = [handset(), ...recipients.toReversed()];
    const second = await on.run<{ results: { sid: string }[] }>("sendBulk", { ...mailing, recipients: more });
    expect(second.results.slice(1).map(({ sid }) => sid)).toEqual(first.results.map(({ sid }) => sid).toReversed());
  });

  it("keeps to the rate", async () => {
    const startedMs = performance.now();
    const recipients = Array.from({ length: 6 }, handset);
    await on.run("sendBulk", { from: on.gateway.numbers[0], template: "Hi", recipients, ratePerSecond: "10" });
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(480);
  });

  it("stops at the first failure when asked to, and tries nobody with credentials that are refused", async () => {
    const recipients = Array.from({ length: 4 }, handset);
    const mailing = { template: "Hi", recipients, concurrency: "1" };
    const stopped = { ...mailing, from: "+12025550199", stopOnError: "true" };
    expect(await on.run("sendBulk", stopped)).toMatchObject({ refused: 1, skipped: 3 });
    const fields = { ...on.connection.fields, password: "wrong-token" };
    const twilioConnection = createConnection(authTokenConnection, fields as Record<string, string>);
    const refused = { ...mailing, from: on.gateway.numbers[0], twilioConnection };
    expect(await on.run("sendBulk", refused)).toMatchObject({ accepted: 0, refused: 1, skipped: 3 });
  });

  it.each([
    [{ recipients: "[]" }, "no recipients"],
    [{ recipients: "" }, "must be a list"],
    [{ recipients: '[{"number": "1"}]' }, 'no "to"'],
    [{ concurrency: "0" }, "concurrency"],
    [{ ratePerSecond: "-1" }, "rate"],
  ])("refuses %j", async (params, reason) => {
    const mailing = { from: on.gateway.numbers[0], template: "Hi", recipients: ["+12025550142"], ...params };
    await expect(on.run("sendBulk", mailing)).rejects.toThrow(reason);
  });
});
