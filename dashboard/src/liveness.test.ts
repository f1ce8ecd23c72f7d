import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { fetchLiveness } from "./liveness.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serverAnswering(status: number): Promise<{ origin: string; close(): Promise<void> }> {
  const server = createServer((request, response) => response.writeHead(request.url === "/livez" ? status : 404).end());
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

describe("fetchLiveness", () => {
  it.each([
    [200, "alive"],
    [503, "unwell"],
  ])("reads a %i from /livez as %s", async (status, liveness) => {
    const { origin, close } = await serverAnswering(status);
    closers.push(close);
    expect(await fetchLiveness(origin, AbortSignal.timeout(5000))).toBe(liveness);
  });

  it("answers unreachable when nothing listens", async () => {
    const { origin, close } = await serverAnswering(200);
    await close();
    expect(await fetchLiveness(origin, AbortSignal.timeout(5000))).toBe("unreachable");
  });
});
