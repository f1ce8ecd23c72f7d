import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli, type StubGateway, sendError, startCli, startStubGateway } from "../cli-harness.ts";
import { describeEvent, parseEvent } from "./event-line.ts";

let gateway: StubGateway;
let streams: ServerResponse[];
let status: number;
let connected: PromiseWithResolvers<void>;

beforeEach(async () => {
  streams = [];
  status = 200;
  connected = Promise.withResolvers();
  gateway = await startStubGateway((request, response) => {
    if (request.path !== "/trunkline/v1/events") return false;
    if (status !== 200) return sendError(response, status, 20003, "Authenticate");
    response.writeHead(200, { "content-type": "text/event-stream" }).write(": hello\n\n");
    streams.push(response);
    connected.resolve();
    return true;
  });
});
afterEach(() => gateway.close());

const event = (id: string, type: string, more: object = {}) => ({
  id,
  type,
  message: {
    sid: `SM${id.padStart(32, "0")}`,
    from: "+12025550100",
    to: "+12025550142",
    status: type.replace("message.", ""),
    ...more,
  },
});
function emit(...events: { id: string }[]): void {
  for (const data of events) streams.at(-1)?.write(`id: ${data.id}\nevent: message\ndata: ${JSON.stringify(data)}\n\n`);
}
const tail = (...args: string[]) => startCli(["tail", ...args], { env: gateway.env });

describe("trunkline tail", () => {
  it("shows events as they come, as the account", async () => {
    const run = tail("--count", "2");
    await connected.promise;
    emit(event("1", "message.sent"), event("2", "message.failed", { errorCode: 30003 }));
    const { code, out } = await run.finished;
    expect(code).toBe(0);
    expect(out).toMatch(
      /^[\d:.]{12} {2}sent +SM0+1 {2}\+12025550100 → \+12025550142\n[\d:.]{12} {2}failed +SM0+2 .* 30003\n$/,
    );
    expect(gateway.requests[0]?.headers.authorization).toMatch(/^Basic /);
  });

  it("filters by status and recipient, and prints JSON", async () => {
    const run = tail("--status", "failed", "--status", "Delivered", "--to", "+1202", "--json", "--count", "2");
    await connected.promise;
    emit(
      event("1", "message.sent"),
      event("2", "message.delivered", { to: "+4420" }),
      event("3", "message.delivered"),
      event("4", "message.failed"),
    );
    const { out } = await run.finished;
    expect(
      out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([event("3", "message.delivered"), event("4", "message.failed")]);
  });

  it("connects again behind the last event it saw", async () => {
    const run = tail("--count", "2");
    await connected.promise;
    emit(event("7", "message.sent"));
    await run.printed(/sent/);
    connected = Promise.withResolvers();
    streams[0]?.destroy();
    await connected.promise;
    emit(event("8", "message.delivered"));
    const { code, notes } = await run.finished;
    expect(code).toBe(0);
    expect(notes).toContain("Trying again");
    expect(gateway.requests.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "7"]);
  });

  it("says when events were left out", async () => {
    const run = tail("--count", "1");
    await connected.promise;
    streams[0]?.write('event: gap\ndata: {"skipped":12}\n\n');
    await run.printed(/Some events are missing here/);
    emit(event("9", "message.sent"));
    expect(await run.finished).toMatchObject({ code: 0, out: expect.stringContaining("sent") });
  });

  it("ends with 130 at Ctrl-C", async () => {
    const run = tail();
    await run.printed(/Connected/);
    run.child.kill("SIGINT");
    expect(await run.finished).toMatchObject({ code: 130 });
  });

  it("ends with 3 when the credentials are refused or nobody listens", async () => {
    status = 401;
    expect(await tail().finished).toMatchObject({
      code: 3,
      notes: expect.stringContaining("does not accept these credentials"),
    });
    expect(await runCli(["tail", "--url", "http://127.0.0.1:9"], { env: gateway.env })).toMatchObject({
      code: 3,
      notes: expect.stringContaining("cannot be reached"),
    });
  });
});

describe("an event line", () => {
  it("lets no control character of a message through to the terminal", () => {
    const parsed = parseEvent(
      JSON.stringify(event("1", "message.sent", { from: "\u001b[2J\u0007evil", status: "sent" })),
    );
    if (parsed === null) throw new Error("not parsed");
    expect(describeEvent(parsed, new Date(0), false)).not.toMatch(/\p{Cc}/u);
  });

  it("is made of nothing but our own events", () => {
    for (const data of ["", "{", "[]", "null", "{}", '"x"']) expect(parseEvent(data)).toBeNull();
  });
});
