import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { describeConfiguration } from "./describe.ts";
import { environmentNames, loadConfig } from "./load.ts";

const KEY = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

function messageOf(env: NodeJS.ProcessEnv): string {
  try {
    loadConfig(env, "/srv");
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "no error";
}

describe("the defaults", () => {
  it("are those of the operational contract", () => {
    expect(loadConfig({}, "/srv")).toEqual({
      host: "127.0.0.1",
      port: 8770,
      publicUrl: null,
      tls: null,
      trustedProxies: [],
      loopbackOnly: true,
      dataDir: "/srv/.trunkline",
      databaseUrl: null,
      databasePool: 10,
      masterKey: { from: "data-directory", path: "/srv/.trunkline/master.key" },
      bootstrapFile: null,
      roles: { api: true, dispatch: true },
      twilioBaseUrl: null,
      egressAllow: [],
      callbackConcurrency: 64,
      sandboxDeliveryMs: 500,
      defaultRegion: null,
      fusionAuthTenants: "lenient",
      retention: { messageDays: null, bodyDays: null, eventDays: null, callbackDays: 30, sandboxDays: 30 },
      logLevel: "info",
      warnings: [],
    });
  });

  it("stand for empty variables too", () => {
    const empty = Object.fromEntries(environmentNames.map((name) => [name, " "]));
    expect(loadConfig(empty, "/srv")).toEqual(loadConfig({}, "/srv"));
  });

  it("cannot be changed afterwards", () => {
    const config = loadConfig({});
    expect([config, config.roles, config.egressAllow].every(Object.isFrozen)).toBe(true);
  });
});

describe("right values", () => {
  it("come out in one form", () => {
    const config = loadConfig(
      {
        TRUNKLINE_HOST: "::",
        TRUNKLINE_PORT: "0",
        TRUNKLINE_PUBLIC_URL: "https://sms.example.com/gateway/",
        TRUNKLINE_DATA_DIR: "../data",
        DATABASE_URL: "postgresql://u:p@db/trunkline?sslmode=require",
        TRUNKLINE_MASTER_KEY_FILE: "keys/master",
        TRUNKLINE_BOOTSTRAP: "/etc/bootstrap.json",
        TRUNKLINE_TLS_CERT_FILE: "tls/cert.pem",
        TRUNKLINE_TLS_KEY_FILE: "/etc/key.pem",
        TRUNKLINE_ROLES: "api",
        TRUNKLINE_TWILIO_BASE_URL: "http://127.0.0.1:9000/",
        TRUNKLINE_EGRESS_ALLOW: "10.0.0.0/8, fd00::/8,192.168.1.7",
        TRUNKLINE_LOG_LEVEL: "DEBUG",
      },
      "/srv/app",
    );
    expect(config).toMatchObject({
      host: "::",
      port: 0,
      loopbackOnly: false,
      publicUrl: "https://sms.example.com/gateway",
      tls: { certFile: "/srv/app/tls/cert.pem", keyFile: "/etc/key.pem" },
      dataDir: "/srv/data",
      databaseUrl: "postgresql://u:p@db/trunkline?sslmode=require",
      masterKey: { from: "file", path: "/srv/app/keys/master" },
      bootstrapFile: "/etc/bootstrap.json",
      roles: { api: true, dispatch: false },
      twilioBaseUrl: "http://127.0.0.1:9000",
      egressAllow: ["10.0.0.0/8", "fd00::/8", "192.168.1.7/32"],
      logLevel: "debug",
    });
  });

  it.each([
    ["localhost", true],
    ["127.9.9.9", true],
    ["::1", true],
    ["::ffff:127.0.0.1", true],
    ["0.0.0.0", false],
    ["gateway.local", false],
  ])("host %s is reachable from this machine only: %s", (host, expected) => {
    expect(loadConfig({ TRUNKLINE_HOST: host }).loopbackOnly).toBe(expected);
  });

  it("several master keys are taken, the first first, in either notation", () => {
    const second = Buffer.alloc(32, 7);
    const { masterKey } = loadConfig({ TRUNKLINE_MASTER_KEY: `${KEY},${second.toString("base64")}` });
    expect(masterKey).toEqual({ from: "environment", keys: [Buffer.from(KEY, "hex"), second] });
  });
});

describe("wrong values", () => {
  it("are all told at once, each with its name, what it got and what it takes", () => {
    const message = messageOf({ TRUNKLINE_PORT: "http", TRUNKLINE_ROLES: "apx", TRUNKLINE_EGRESS_ALLOW: "10/8" });
    expect(message.split("\n").slice(1)).toEqual([
      '  - TRUNKLINE_PORT: got "http"; takes a whole number from 0 to 65535',
      '  - TRUNKLINE_ROLES: got "apx"; takes all, api or dispatch, or several separated by commas',
      '  - TRUNKLINE_EGRESS_ALLOW: got "10/8"; takes networks as CIDR, separated by commas, such as 10.1.0.0/16,192.168.7.4/32',
    ]);
  });

  it.each([
    ["TRUNKLINE_HOST", "256.1.1.1"],
    ["TRUNKLINE_HOST", "http://localhost"],
    ["TRUNKLINE_PORT", "65536"],
    ["TRUNKLINE_PORT", "-1"],
    ["TRUNKLINE_PORT", "1e3"],
    ["TRUNKLINE_PUBLIC_URL", "sms.example.com"],
    ["TRUNKLINE_PUBLIC_URL", "ftp://example.com"],
    ["TRUNKLINE_PUBLIC_URL", "https://u:p@example.com"],
    ["TRUNKLINE_TWILIO_BASE_URL", "https://example.com/api"],
    ["TRUNKLINE_EGRESS_ALLOW", "10.0.0.0/33"],
    ["TRUNKLINE_EGRESS_ALLOW", ","],
    ["TRUNKLINE_TRUSTED_PROXIES", "proxy"],
    ["TRUNKLINE_ROLES", ","],
    ["TRUNKLINE_LOG_LEVEL", "loud"],
    ["TRUNKLINE_DATABASE_POOL", "1"],
    ["TRUNKLINE_SANDBOX_DELIVERY_MS", "1.5"],
  ])("%s=%s is refused by name", (name, value) => {
    expect(messageOf({ [name]: value })).toContain(`- ${name}: got ${JSON.stringify(value)}; takes `);
  });

  it("of secrets are not shown", () => {
    const message = messageOf({ TRUNKLINE_MASTER_KEY: "hunter2", DATABASE_URL: "mysql://root:hunter2@db/x" });
    expect(message).toContain("TRUNKLINE_MASTER_KEY: got a value of 7 characters (not shown)");
    expect(message).toContain("DATABASE_URL: got a value of 25 characters (not shown)");
    expect(message).not.toContain("hunter2");
  });

  it("a certificate without its key is refused, and a key without its certificate", () => {
    for (const name of ["TRUNKLINE_TLS_CERT_FILE", "TRUNKLINE_TLS_KEY_FILE"]) {
      expect(messageOf({ [name]: "x.pem" })).toContain("need each other");
    }
  });

  it("two master keys in two places are refused, since it would be unclear which counts", () => {
    const message = messageOf({ TRUNKLINE_MASTER_KEY: KEY, TRUNKLINE_MASTER_KEY_FILE: "k" });
    expect(message).toContain("TRUNKLINE_MASTER_KEY and TRUNKLINE_MASTER_KEY_FILE are both set");
  });
});

describe("names that do not exist", () => {
  it("are warned about, with the name that was meant", () => {
    expect(loadConfig({ TRUNKLINE_PROT: "1", TRUNKLINE_COLOUR_OF_MOON: "2", TRUNKLINE_URL: "3" }).warnings).toEqual([
      "TRUNKLINE_PROT is set, but there is no such setting; did you mean TRUNKLINE_PORT?",
      "TRUNKLINE_COLOUR_OF_MOON is set, but there is no such setting",
    ]);
  });
});

describe("the reference page", () => {
  it("is what the schema says", async () => {
    const page = await readFile(new URL("../../../docs/configuration.md", import.meta.url), "utf8");
    expect(page).toBe(describeConfiguration());
  });

  it("names every variable", () => {
    const page = describeConfiguration();
    expect(environmentNames.filter((name) => !page.includes(`### \`${name}\``))).toEqual([]);
  });
});
