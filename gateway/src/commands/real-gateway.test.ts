import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../test/support/gateway.ts";
import { runCli, startCli } from "./cli-harness.ts";

let gateway: TestGateway;
let directory: string;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  gateway = await startTestGateway({ dispatch: true });
  directory = await mkdtemp(join(tmpdir(), "trunkline-cli-"));
  env = {
    TRUNKLINE_URL: gateway.url,
    TRUNKLINE_ACCOUNT_SID: gateway.accountSid,
    TRUNKLINE_AUTH_TOKEN: gateway.authToken,
  };
}, 60_000);
afterAll(async () => {
  await gateway?.stop();
  await rm(directory, { recursive: true, force: true });
});

const texts: readonly (readonly [text: string, segments: number])[] = [
  ["Hello", 1],
  ["Grüße ".repeat(30), 2],
  ["Привет, мир! ".repeat(10), 2],
  ["مرحبا بك", 1],
  ["👨‍👩‍👧‍👦".repeat(7), 2],
  ["[€]".repeat(30), 2],
];

async function storedSegments(to: string): Promise<number[]> {
  const path = `/2010-04-01/Accounts/${gateway.accountSid}/Messages.json?PageSize=1000&To=${encodeURIComponent(to)}`;
  const authorization = `Basic ${btoa(`${gateway.accountSid}:${gateway.authToken}`)}`;
  const response = await fetch(gateway.url + path, { headers: { authorization } });
  const page = (await response.json()) as { messages: { num_segments: string }[] };
  return page.messages.map(({ num_segments: segments }) => Number(segments));
}

describe("the command line and a real gateway", () => {
  it("sends a message, sees it delivered, and has watched it in the tail", async () => {
    const tail = startCli(["tail", "--to", "+12025550142", "--status", "delivered", "--count", "1"], { env });
    await tail.printed(/Connected/);
    const sent = await runCli(
      ["send", "--to", "+12025550142", "--from", gateway.numbers[0], "--body", "Hello", "--wait"],
      { env },
    );
    expect(sent).toMatchObject({
      code: 0,
      out: expect.stringMatching(/delivered {4}\+12025550142 {2}\(1 segment\)\n$/),
    });
    const { code, out } = await tail.finished;
    expect(code).toBe(0);
    expect(out).toContain(sent.out.slice(0, 34));
  });

  it("sends a file in many scripts with the right segment counts, once, however often it is run", async () => {
    const path = join(directory, "list.csv");
    const rows = texts.map(([text], index) => `+1202555020${index},"${text}"\n`).join("");
    await writeFile(path, `to,body\n${rows}+15005550009,landline\n+1202,short\n`);
    const send = () => runCli(["send", "--csv", path, "--from", gateway.numbers[0], "--json"], { env });
    const first = await send();
    expect(first.code).toBe(2);
    expect(JSON.parse(first.out)).toMatchObject({
      rows: texts.length + 2,
      accepted: texts.length,
      segments: texts.reduce((sum, [, segments]) => sum + segments, 0),
      failedByCode: { 21211: 1, 21614: 1 },
    });
    expect(await readFile(join(directory, "list.failures.csv"), "utf8")).toContain("is not a mobile number");
    expect(JSON.parse((await send()).out)).toMatchObject({ accepted: 0, skipped: texts.length });
    await rm(`${path}.journal`);
    expect(JSON.parse((await send()).out)).toMatchObject({ accepted: 0, replayed: texts.length });
    for (const [index, [, segments]] of texts.entries()) {
      expect(await storedSegments(`+1202555020${index}`)).toEqual([segments]);
    }
  });

  it("ends with 3 for another's token, and with 2 for what the sandbox fails to deliver", async () => {
    const args = ["send", "--to", "+15005553003", "--from", gateway.numbers[0], "--body", "x", "--wait"];
    expect(await runCli([...args, "--token", "f".repeat(32)], { env })).toMatchObject({ code: 3 });
    expect(await runCli(args, { env })).toMatchObject({ code: 2, out: expect.stringContaining("30003") });
  });
});
