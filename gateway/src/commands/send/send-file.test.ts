import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli, type StubAnswer, type StubGateway, sendError, startCli, startStubGateway } from "../cli-harness.ts";

let directory: string;
let gateway: StubGateway;
let answer: StubAnswer;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "trunkline-send-"));
  answer = () => false;
  gateway = await startStubGateway((request, response) => answer(request, response));
});
afterEach(async () => {
  await gateway.close();
  await rm(directory, { recursive: true });
});

const list = () => join(directory, "list.csv");
const write = (text: string | Buffer) => writeFile(list(), text);
const send = (...args: string[]) =>
  runCli(["send", "--csv", list(), "--from", "+12025550100", ...args], { env: gateway.env });
const numbers = (count: number) =>
  Array.from({ length: count }, (_, index) => `+1202555${String(index).padStart(4, "0")}`);
const rows = (count: number) =>
  `to,body\n${numbers(count)
    .map((to, index) => `${to},text ${index}\n`)
    .join("")}`;
const sentTo = () => gateway.requests.map(({ form }) => form["To"]).sort();

describe("trunkline send --csv", () => {
  it("sends every row once, with a key, as the account", async () => {
    await write(rows(50));
    const { code, out } = await send();
    expect(code).toBe(0);
    expect(sentTo()).toEqual(numbers(50));
    expect(gateway.accepted.size).toBe(50);
    expect(gateway.requests[0]).toMatchObject({
      method: "POST",
      path: "/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json",
      form: { From: "+12025550100", Body: expect.stringMatching(/^text \d+$/) },
    });
    expect(out).toMatch(/^50 rows in [\d.]+ s/);
    expect(out).toMatch(/accepted +50 +50 segments/);
  });

  it("reads a byte order mark, CRLF, semicolons, quoted line breaks, empty lines and any script", async () => {
    const body = 'Grüße, „Ünïcode“; \r\nпривет مرحبا 😜 "x"';
    await write(
      `\ufeffTo ;name;BODY\r\n\r\n+12025550100;"Ann";"${body.replaceAll('"', '""')}"\r\n\r\n+12025550101;Bob;short\r\n\r\n`,
    );
    const { code, notes } = await send();
    expect(code).toBe(0);
    expect(gateway.requests.map(({ form }) => form["Body"]).sort()).toEqual([body, "short"].sort());
    expect(notes).toContain("Columns that nothing uses: name.");
  });

  it("fills the template with any column, and takes a row's own sender, service and callback", async () => {
    await write(
      "to,first name,from,messagingServiceSid,status_callback\n+12025550100,Ann,Acme,,\n+12025550101,Bob,,MG0123456789abcdef0123456789abcdef,https://e.com/s\n",
    );
    await send("--body", "Hi {{ First Name }}, {{first name}}!");
    const byTo = Object.fromEntries(gateway.requests.map(({ form }) => [form["To"], form]));
    expect(byTo["+12025550100"]).toEqual({ To: "+12025550100", From: "Acme", Body: "Hi Ann, Ann!" });
    expect(byTo["+12025550101"]).toMatchObject({
      From: "+12025550100",
      MessagingServiceSid: "MG0123456789abcdef0123456789abcdef",
      StatusCallback: "https://e.com/s",
      Body: "Hi Bob, Bob!",
    });
  });

  it("skips what the journal has and sends only rows that were added", async () => {
    await write(rows(10));
    await send();
    gateway.accepted.clear(); // the gateway has forgotten the keys
    await appendFile(list(), "+12025559999,new\n");
    const { code, out, notes } = await send();
    expect(code).toBe(0);
    expect(gateway.requests).toHaveLength(11);
    expect(notes).toContain("10 of 11 rows were accepted by an earlier run");
    expect(out).toMatch(/accepted +1 /);
    expect((await send()).notes).toContain("--run");
  });

  it("gives the same file the same keys, so that without a journal the gateway replays", async () => {
    await write(rows(10));
    await send();
    await rm(join(directory, "list.csv.journal"));
    const { out } = await send("--json");
    expect(JSON.parse(out)).toMatchObject({ accepted: 0, replayed: 10, failed: 0, left: 0 });
    expect(gateway.accepted.size).toBe(10);
  });

  it("sends equal rows each, and the whole file again as another run", async () => {
    await write("to,body\n+12025550100,x\n+12025550100,x\n");
    await send();
    expect(gateway.accepted.size).toBe(2);
    await send("--run", "again");
    expect(gateway.accepted.size).toBe(4);
  });

  it("puts rows that fail into a file that can be mended and sent, with the same keys and journal", async () => {
    await write('to,body,city\n+12025550100,"a ""q"", b",Köln\n+1202555,bad,\n,nobody,x\n+12025550103,fine,\n');
    answer = ({ form }, response) =>
      form["To"] === "+1202555" &&
      sendError(response, 400, 21211, "The 'To' number +1202555 is not a valid phone number.");
    const { code, out, notes } = await send();
    expect(code).toBe(2);
    expect(out).toMatch(/failed +2\n +\S+ +1 /);
    expect(out).toContain('line 4: "to" is empty');
    const failures = join(directory, "list.failures.csv");
    expect(notes).toContain(`--csv ${failures} --journal ${join(directory, "list.csv.journal")}`);
    const text = await readFile(failures, "utf8");
    expect(text.split("\n").sort()).toEqual(
      [
        "\ufeffto,body,city,errorCode,errorMessage,idempotencyKey",
        `+1202555,bad,,21211,The 'To' number +1202555 is not a valid phone number.,${failedKey(text)}`,
        ',nobody,x,invalid-row,"line 4: ""to"" is empty",',
        "",
      ].sort(),
    );
    await writeFile(failures, text.replace("+1202555,", "+12025550101,").replace("\n,nobody", "\n+12025550102,nobody"));
    const again = await runCli(["send", "--csv", failures, "--from", "+12025550100"], { env: gateway.env });
    expect(again).toMatchObject({ code: 0 });
    expect([...gateway.accepted.keys()]).toContain(failedKey(text));
    expect(gateway.accepted.size).toBe(4);
    // The original knows that its row has been sent meanwhile.
    answer = () => false;
    expect((await send("--json")).out).toContain('"skipped":3');
  });

  it("tries again after 429 and 503, not before Retry-After, and after a broken connection", async () => {
    await write(rows(3));
    const tries = new Map<string, number[]>();
    answer = ({ form }, response) => {
      const times = tries.get(form["To"] ?? "") ?? [];
      tries.set(form["To"] ?? "", [...times, performance.now()]);
      if (times.length > 0) return false;
      if (form["Body"] === "text 0")
        return sendError(response, 429, 21611, "SMS queue is full.", { "retry-after": "1" });
      if (form["Body"] === "text 1") return sendError(response, 503, 20503, "Service unavailable");
      response.destroy();
      return true;
    };
    expect(await send()).toMatchObject({ code: 0, notes: expect.stringContaining("Trying again") });
    const [first = 0, second = 0] = tries.get("+12025550000") ?? [];
    expect(second - first).toBeGreaterThan(990);
    expect([...tries.values()].map((times) => times.length)).toEqual([2, 2, 2]);
    expect(gateway.accepted.size).toBe(3);
  });

  it("sends a lost answer's row only once: the gateway knows the key", async () => {
    await write(rows(5));
    let lost = 0;
    answer = (request, response) => {
      if (lost > 0 || request.form["Body"] !== "text 2") return false;
      lost++;
      gateway.accepted.set(String(request.headers["idempotency-key"]), "SM00000000000000000000000000000077");
      response.destroy();
      return true;
    };
    const { out } = await send("--json");
    expect(JSON.parse(out)).toMatchObject({ accepted: 4, replayed: 1, failed: 0 });
    expect(gateway.accepted.size).toBe(5);
  });

  it("finishes what is on its way at SIGINT, says how to go on, ends with 130, and goes on without a double send", async () => {
    await write(rows(400));
    const held: (() => void)[] = [];
    let hold = true;
    answer = async () => {
      if (hold) await new Promise<void>((resolve) => held.push(resolve));
      return false;
    };
    const run = startCli(["send", "--csv", list(), "--from", "+12025550100", "--concurrency", "8"], {
      env: gateway.env,
    });
    await until(() => held.length === 8);
    run.child.kill("SIGINT");
    await run.printed(/waiting for what is on its way/);
    hold = false;
    for (const release of held) release();
    const { code, out, notes } = await run.finished;
    expect(code).toBe(130);
    expect(out).toMatch(/accepted +8 /);
    expect(out).toMatch(/left +392 /);
    expect(notes).toContain("run the same command again");
    gateway.accepted.clear();
    expect(await send()).toMatchObject({ code: 0 });
    expect(sentTo()).toEqual(numbers(400));
  });

  it("sends no row twice after being killed at any moment", async () => {
    await write(rows(2000));
    for (const at of [100, 700, 1300]) {
      const run = startCli(["send", "--csv", list(), "--from", "+12025550100"], { env: gateway.env });
      await until(() => gateway.accepted.size >= at);
      run.child.kill("SIGKILL");
      await run.finished;
    }
    expect(await send()).toMatchObject({ code: 0 });
    expect(gateway.accepted.size).toBe(2000);
    expect(new Set(sentTo())).toEqual(new Set(numbers(2000)));
  });

  it("never has more requests under way than it may", async () => {
    await write(rows(60));
    let underWay = 0;
    let most = 0;
    const full = Promise.withResolvers<void>();
    answer = async () => {
      most = Math.max(most, ++underWay);
      if (most >= 5) full.resolve();
      // Nobody is answered before as many as may be are under way.
      await full.promise;
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
      return false;
    };
    await send("--concurrency", "5");
    expect(most).toBe(5);
  });

  it("stops with 3 at refused credentials, sending nothing more", async () => {
    await write(rows(500));
    answer = (_request, response) => sendError(response, 401, 20003, "Authenticate");
    const { code, notes, out } = await send("--concurrency", "4");
    expect(code).toBe(3);
    expect(gateway.requests.length).toBeLessThanOrEqual(4);
    expect(notes).toContain("does not accept these credentials");
    expect(out).toMatch(/left +500/);
  });

  it("stops with 3 when the gateway stays away, failing no row", async () => {
    await write(rows(5));
    await gateway.close();
    const { code, notes, out } = await send("--retry-for", "0.3");
    expect(code).toBe(3);
    expect(notes).toContain("nothing listens at");
    expect(out).toMatch(/failed +0/);
    gateway = await startStubGateway();
  });

  it("stops with 3 where no gateway answers", async () => {
    await write(rows(5));
    answer = (_request, response) => {
      response.writeHead(404, { "content-type": "text/html" }).end("<h1>Not Found</h1>");
      return true;
    };
    expect(await send()).toMatchObject({ code: 3, notes: expect.stringContaining("does not answer like a gateway") });
  });

  it("checks without sending with --dry-run, and counts segments", async () => {
    await write(`to,body\n+12025550100,${"я".repeat(71)}\n+12025550101,hello\n,x\n`);
    const { code, out } = await send("--dry-run");
    expect(code).toBe(2);
    expect(out).toMatch(/to send +2 +3 segments/);
    expect(out).toContain('line 4: "to" is empty');
    expect(gateway.requests).toHaveLength(0);
  });

  it("prints the tally as JSON", async () => {
    await write("to,body\n+12025550100,a\n,b\n");
    const { code, out } = await send("--json");
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({
      rows: 2,
      accepted: 1,
      replayed: 0,
      skipped: 0,
      failed: 1,
      left: 0,
      segments: 1,
      failedByCode: { "invalid-row": 1 },
      failuresFile: join(directory, "list.failures.csv"),
      journalFile: join(directory, "list.csv.journal"),
    });
  });
});

describe("trunkline send --csv, given a file that is wrong", () => {
  it.each([
    ["nothing", "", "is empty"],
    [
      "no to column",
      "phone,body\n1,x\n",
      'line 1: there is no column named "to". The columns are: phone, body. Rename "phone" to "to"?',
    ],
    ["two to columns", "to,To\n1,2\n", "line 1: there are two columns"],
    [
      "an open quote",
      `to,body\n+12025550100,fine\n+12025550101,"open\n${"+12025550102,x\n".repeat(3000)}`,
      "line 3: a field begins with a quote",
    ],
    [
      "an open quote in a large file",
      `to,body\n${"+12025550100,fine\n".repeat(98)}+12025550101,"open\n${"+12025550102,x\n".repeat(90_000)}`,
      "line 100: a row is longer than 1 MB",
    ],
    ["a quote inside", 'to,body\n+12025550100,a "b" c\n', "line 2: a quote"],
    ["something behind a quote", 'to,body\n+12025550100,"a" b\n', "line 2: a quote"],
    ["UTF-16", Buffer.from("\ufeffto,body\n", "utf16le"), "is UTF-16"],
  ])("refuses %s before sending anything", async (_name, text, message) => {
    await write(text);
    const { code, notes } = await send();
    expect(notes).toContain(message);
    expect(code).toBe(1);
    expect(gateway.requests).toHaveLength(0);
  });

  it("fails only the rows that have too many fields or are not UTF-8, and names their lines", async () => {
    await write(
      Buffer.concat([
        Buffer.from("to,body\n+12025550100,a,b\n+12025550101,"),
        Buffer.from([0xfc]),
        Buffer.from('\n+12025550102,"two\nlines"\n,\n+12025550103\n'),
      ]),
    );
    const { out } = await send();
    expect(sentTo()).toEqual(["+12025550102", "+12025550103"]);
    expect(out).toContain("line 2: 3 fields where the header has 2");
    const failures = await readFile(join(directory, "list.failures.csv"), "utf8");
    expect(failures).toContain("line 3: not valid UTF-8");
    expect(failures).toContain('line 6: ""to"" is empty');
  });

  it("refuses a template with an unknown column, a missing file, no sender and a foreign journal", async () => {
    await write(rows(1));
    expect(await send("--body", "Hi {{nmae}}")).toMatchObject({
      code: 1,
      notes: expect.stringContaining("--body names {{nmae}}"),
    });
    expect(await runCli(["send", "--csv", "/nonexistent.csv"], { env: gateway.env })).toMatchObject({
      code: 1,
      notes: expect.stringContaining("there is no such file"),
    });
    expect(await runCli(["send", "--csv", list()], { env: gateway.env })).toMatchObject({
      code: 1,
      notes: expect.stringContaining("No sender"),
    });
    expect(await send("--journal", list())).toMatchObject({
      code: 1,
      notes: expect.stringContaining("is not a journal"),
    });
    expect(await readFile(list(), "utf8")).toBe(rows(1));
    expect(gateway.requests).toHaveLength(0);
  });
});

function failedKey(text: string): string {
  return /csv-[\w-]{28}/.exec(text)?.[0] ?? "";
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
