import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseBootstrap, readBootstrapFile } from "./file.ts";

const hex = "0123456789abcdef0123456789abcdef";

function problemsOf(value: unknown): string[] {
  try {
    parseBootstrap(typeof value === "string" ? value : JSON.stringify(value), "b.json");
  } catch (error) {
    return error instanceof Error ? error.message.split("\n") : [String(error)];
  }
  return [];
}

describe("the bootstrap file", () => {
  it("of the operational contract is taken as it stands", () => {
    const file = {
      accounts: [
        {
          sid: `AC${hex}`,
          friendlyName: "Acme",
          authToken: hex,
          environmentId: "7d9c3a52-6f0e-4f43-9b2a-0f1c5d7e8a90",
          tenantId: "1f4b8e66-2a77-4d0c-8c55-93b1e7d2f604",
          resourceOwner: "263458912345678901",
          phoneNumbers: ["+12025550100", "+12025550101"],
          apiKeys: [{ sid: `SK${hex}`, secret: "an-api-secret", friendlyName: "ci" }],
          accessKeys: [{ key: "an-access-key", name: "terraform", role: "owner" }],
          clients: [{ clientId: "worker", clientSecret: "a-client-secret", name: "worker", role: "owner" }],
        },
      ],
      admins: [{ email: "admin@example.com", password: "correct horse" }],
    };
    expect(parseBootstrap(JSON.stringify(file), "b.json")).toEqual(file);
  });

  it("may leave everything out", () => {
    expect(parseBootstrap("{}", "b.json")).toEqual({ accounts: [], admins: [] });
    expect(parseBootstrap('{"accounts":[{}]}', "b.json").accounts).toEqual([
      { phoneNumbers: [], apiKeys: [], accessKeys: [], clients: [] },
    ]);
  });

  it("is refused with every problem, its path, what stands there and what belongs there, and no secret", () => {
    const problems = problemsOf({
      acounts: [],
      accounts: [
        {
          sid: "AC12",
          authToken: "hush",
          phoneNumbers: ["12025550100", 7],
          apiKeys: [{ secret: "hush-hush" }],
          accessKeys: [{ key: "hu sh", name: "k", role: "root" }],
          clients: "worker",
          colour: "red",
        },
        "Acme",
      ],
      admins: [{ email: "admin", password: "hush" }],
    });
    expect(problems).toEqual([
      "The bootstrap file b.json is wrong:",
      '  - accounts[0].sid: got "AC12"; takes AC and 32 hex digits',
      "  - accounts[0].authToken: got 4 characters (not shown); takes 32 hex digits",
      '  - accounts[0].phoneNumbers[0]: got "12025550100"; takes a phone number in E.164 form: + and 7 to 15 digits',
      "  - accounts[0].phoneNumbers[1]: got 7; takes a phone number in E.164 form: + and 7 to 15 digits",
      "  - accounts[0].apiKeys[0].sid: missing; takes SK and 32 hex digits",
      "  - accounts[0].accessKeys[0].key: got 5 characters (not shown); takes 8 to 256 visible ASCII characters without spaces",
      '  - accounts[0].accessKeys[0].role: got "root"; takes one of owner, operator, sender, viewer',
      '  - accounts[0].clients: got "worker"; takes a list',
      "  - accounts[0].colour: there is no such key",
      '  - accounts[1]: got "Acme"; takes an account',
      '  - admins[0].email: got "admin"; takes an e-mail address',
      "  - admins[0].password: got 4 characters (not shown); takes at least 8 characters",
      "  - acounts: there is no such key",
    ]);
  });

  it("is refused where one thing stands twice", () => {
    const key = { key: "an-access-key", name: "k", role: "owner" };
    const problems = problemsOf({
      accounts: [
        { sid: `AC${hex}`, phoneNumbers: ["+12025550100", "+12025550100"], accessKeys: [key] },
        { sid: `AC${hex.toUpperCase()}`, phoneNumbers: ["+12025550100"], accessKeys: [key] },
        { friendlyName: "Acme" },
        { friendlyName: "Acme" },
      ],
    });
    expect(problems.slice(1)).toEqual([
      "  - accounts[0].phoneNumbers[1]: the same as accounts[0].phoneNumbers[0]",
      "  - accounts[1].sid: the same as accounts[0].sid",
      "  - accounts[1].accessKeys[0].key: the same as accounts[0].accessKeys[0].key",
      "  - accounts[3].friendlyName: the same as accounts[2].friendlyName",
    ]);
  });

  it.each(["", "[]", "null", '"text"'])("is refused when it holds %j", (text) => {
    expect(problemsOf(text).join(" ")).toContain("b.json");
  });

  it.each([
    ['{\n"admins": [{"password": "hush"},]}', "unexpected ]"],
    ['{\n"admins": [{"password": "hush" "email": 1}]}', "mistake at position 33 (line 2 column 32)"],
    ['{"admins": [{"password": "hush"', "mistake at position 31 (line 1 column 32)"],
    ["", "unexpected end"],
  ])("is refused without quoting it when it is not JSON: %j", (text, what) => {
    expect(problemsOf(text)).toEqual([`The bootstrap file b.json is not JSON: ${what}.`]);
  });

  it("that cannot be read is named with its variable", async () => {
    const directory = await mkdtemp(join(tmpdir(), "trunkline-bootstrap-"));
    await expect(readBootstrapFile(join(directory, "none.json"))).rejects.toThrow(
      /^TRUNKLINE_BOOTSTRAP: cannot read .*none\.json \(ENOENT/,
    );
    await rm(directory, { recursive: true });
  });
});
