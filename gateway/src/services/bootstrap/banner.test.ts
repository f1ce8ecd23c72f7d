import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AccountSid } from "../../core/ids.ts";
import type { BootstrapResult } from "./apply.ts";
import { readyBanner } from "./banner.ts";
import type { Credentials } from "./credentials-file.ts";

const accountSid = "AC0123456789abcdef0123456789abcdef" as AccountSid;
const made: Credentials = {
  accountSid,
  friendlyName: "Trunkline",
  authToken: "00112233445566778899aabbccddeeff",
  accessKey: "tl_key",
  phoneNumbers: ["+12025550100", "+12025550101"],
  environmentId: "7d9c3a52-6f0e-4f43-9b2a-0f1c5d7e8a90" as Credentials["environmentId"],
  tenantId: "1f4b8e66-2a77-4d0c-8c55-93b1e7d2f604" as Credentials["tenantId"],
  resourceOwner: "263458912345678901",
  createdAt: "2026-01-02T00:00:00.000Z",
};

function form(body: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(body));
}

let directory: string;
const received: { url: string | undefined; authorization: string | undefined; body: unknown }[] = [];
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => {
    body += String(chunk);
  });
  request.on("end", () => {
    received.push({ url: request.url, authorization: request.headers.authorization, body: form(body) });
    response.end("ok");
  });
});
let url: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "trunkline it's a banner-"));
  await writeFile(join(directory, "credentials.json"), `${JSON.stringify(made, null, 2)}\n`);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true });
});

function bannerOf(changes: Partial<BootstrapResult>): string {
  const account: BootstrapResult = {
    ...{ accountSid, phoneNumbers: made.phoneNumbers, made: null },
    credentialsFile: join(directory, "credentials.json"),
    ...changes,
  };
  return readyBanner({ url, dataDir: directory, account });
}

describe("the ready banner", () => {
  it.each([
    ["of the start that made the secrets", made],
    ["of a later start", null],
  ])("%s has a command that sends a message when pasted into a shell", async (_which, secrets) => {
    const banner = bannerOf({ made: secrets });
    const command = banner.slice(banner.indexOf("    curl"));
    received.length = 0;
    await promisify(execFile)("bash", ["-c", command.replace("curl", "curl -sS --noproxy '*'")]);
    expect(received).toEqual([
      {
        url: `/2010-04-01/Accounts/${accountSid}/Messages.json`,
        authorization: `Basic ${Buffer.from(`${accountSid}:${made.authToken}`).toString("base64")}`,
        body: { From: "+12025550100", To: "+12025550142", Body: "Hello from Trunkline" },
      },
    ]);
  });

  it("shows secrets only on the start that made them, and afterwards where they are", () => {
    expect(bannerOf({ made })).toContain(made.authToken);
    expect(bannerOf({ made })).toContain("tl_key");
    const later = bannerOf({});
    expect(later).not.toContain(made.authToken);
    expect(later).toContain(join(directory, "credentials.json"));
  });

  it("lets curl ask for a token that is kept nowhere, and shows no command without a number", () => {
    expect(bannerOf({ credentialsFile: null })).toContain(`curl -u ${accountSid} ${url}`);
    expect(bannerOf({ phoneNumbers: [] })).not.toContain("curl");
  });
});
