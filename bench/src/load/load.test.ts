import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runBuiltIn } from "./built-in.ts";
import { fill, type Load, type LoadResult, subscriberOf } from "./load.ts";
import { hasWrk, runWrk } from "./wrk.ts";

const REQUESTS = 200;
const CONNECTIONS = 4;

/** Refuses every tenth number. */
function startServer() {
  const seen: { url: string; body: string; type: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      seen.push({ url: request.url ?? "", body, type: request.headers["content-type"] });
      const answer = JSON.stringify({ echo: body });
      response.writeHead(body.endsWith("0") ? 503 : 201, { "content-length": Buffer.byteLength(answer) }).end(answer);
    });
  });
  return { seen, server };
}

let target: ReturnType<typeof startServer>;
beforeEach(async () => {
  target = startServer();
  await new Promise<void>((listening) => target.server.listen(0, "127.0.0.1", listening));
});
afterEach(async () => {
  target.server.closeAllConnections();
  await new Promise((closed) => target.server.close(closed));
});

const wrkIsHere = await hasWrk();

describe.each([
  ["built-in", runBuiltIn, true],
  ["wrk", runWrk, wrkIsHere],
] as [string, (load: Load) => Promise<LoadResult>, boolean][])("load made by %s", (name, run, isHere) => {
  it("sends each number once, filled into path and body, and counts the answers", async (context) => {
    if (!isHere) return context.skip(`${name} is not installed`);
    const { port } = target.server.address() as AddressInfo;
    const template = {
      method: "POST",
      path: "/send?to={to}",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: "Body=number+{n}",
    } as const;
    const load = { host: "127.0.0.1", port, template, connections: CONNECTIONS, firstNumber: 1000 };
    const result = await run({ ...load, until: { requests: REQUESTS } });

    expect(result.answered).toBeGreaterThanOrEqual(REQUESTS);
    expect(result.answered).toBeLessThanOrEqual(REQUESTS + 2 * CONNECTIONS);
    expect(result.failed).toBeGreaterThanOrEqual(REQUESTS / 10 - 1);
    expect(result.failed).toBeLessThanOrEqual(REQUESTS / 10 + 2);
    expect(result.p99Ms).toBeGreaterThan(0);
    const numbers = target.seen.map(({ body }) => Number(/^Body=number\+(\d+)$/.exec(body)?.[1]));
    expect(new Set(numbers).size).toBe(numbers.length);
    // wrk makes one request to look at before it begins, and never sends it.
    for (let n = 1001; n < 1000 + REQUESTS; n++) expect(numbers).toContain(n);
    for (const { url, body, type } of target.seen) {
      expect(url).toBe(`/send?to=${subscriberOf(Number(body.slice(12)))}`);
      expect(type).toBe("application/x-www-form-urlencoded");
    }
  });
});

it("fills every place of a template", () => {
  expect(fill("{to} {n} {n}", 5)).toBe("2000005 5 5");
});
