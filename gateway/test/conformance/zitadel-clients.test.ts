// ZITADEL's own clients against the gateway, unmodified: @zitadel/client over gRPC, gRPC-Web and Connect, @zitadel/node over
// grpc-js with a service account.

import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type Interceptor, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { createServerTransport } from "@zitadel/client/node";
import { createAdminServiceClient } from "@zitadel/client/v1";
import { createClientTransport } from "@zitadel/client/web";
import {
  createAccessTokenInterceptor,
  createAdminClient,
  createServiceAccountInterceptor,
} from "@zitadel/node/dist/api/index.js";
import { ServiceAccount } from "@zitadel/node/dist/credentials/index.js";
import { UpdateSMSProviderTwilioRequestSchema } from "@zitadel/proto/zitadel/admin_pb.js";
import { ErrorDetailSchema } from "@zitadel/proto/zitadel/message_pb.js";
import { SMSProviderConfigState } from "@zitadel/proto/zitadel/settings_pb.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newAccessKey } from "../../src/core/credentials/secrets.ts";
import { startTestGateway, type TestAccount, type TestGateway } from "../support/gateway.ts";
import { oauthCalls } from "../support/oauth-calls.ts";
import { zitadelCalls } from "../support/zitadel.ts";

const { SMS_PROVIDER_CONFIG_ACTIVE: active, SMS_PROVIDER_CONFIG_INACTIVE: inactive } = SMSProviderConfigState;
const twilio = { sid: "AC0123456789abcdef0123456789abcdef", token: "s3cret", senderNumber: "+15005550006" };
const unknown = "312909075211944042";

let gateway: TestGateway;
let other: TestAccount;
let owner: string;
let viewer: string;
let stranger: string;

const { tokenOf, rest } = zitadelCalls(() => gateway.url);
const { makeServiceAccount } = oauthCalls(() => gateway.url);

beforeAll(async () => {
  gateway = await startTestGateway();
  other = await gateway.addAccount();
  [owner, viewer, stranger] = await Promise.all([
    tokenOf(gateway, "owner"),
    tokenOf(gateway, "viewer"),
    tokenOf(other, "owner"),
  ]);
});
afterAll(() => gateway.stop());

type MakeTransport = (baseUrl: string, token: string) => Transport;

/** What the transports' own options have in common. */
function options(baseUrl: string, token: string) {
  const interceptor: Interceptor = (next) => (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
  return { baseUrl, interceptors: [interceptor] };
}

const transports: readonly (readonly [name: string, make: MakeTransport])[] = [
  ["@zitadel/client on the server (gRPC)", (baseUrl, token) => createServerTransport(token, { baseUrl })],
  ["@zitadel/client in the browser (gRPC-Web)", (baseUrl, token) => createClientTransport(token, { baseUrl })],
  ["gRPC with JSON", (...args) => createGrpcTransport({ ...options(...args), useBinaryFormat: false })],
  ["gRPC-Web over HTTP/2", (...args) => createGrpcWebTransport({ ...options(...args), httpVersion: "2" })],
  [
    "gRPC-Web with JSON over HTTP/1.1",
    (...args) => createGrpcWebTransport({ ...options(...args), httpVersion: "1.1", useBinaryFormat: false }),
  ],
  [
    "Connect over HTTP/2",
    (...args) => createConnectTransport({ ...options(...args), httpVersion: "2", useBinaryFormat: true }),
  ],
  ["Connect with JSON over HTTP/1.1", (...args) => createConnectTransport({ ...options(...args), httpVersion: "1.1" })],
];

async function refusalOf(call: Promise<unknown>): Promise<{ code: Code; message: string; id: string | undefined }> {
  try {
    await call;
  } catch (error) {
    const refused = ConnectError.from(error);
    const [detail] = refused.findDetails(ErrorDetailSchema);
    return { code: refused.code, message: refused.rawMessage, id: detail?.id };
  }
  throw new Error("it was not refused");
}

describe.each(transports)("%s", (_name, transport) => {
  const clientOf = (token: string) => createAdminServiceClient(transport(gateway.url, token));

  it("manages a provider from its beginning to its end", async () => {
    const client = clientOf(owner);
    const { id, details } = await client.addSMSProviderTwilio({ ...twilio, description: "primary" }, {});
    expect(id).toMatch(/^\d{18}$/);
    expect(details?.sequence).toBeGreaterThan(0n);
    await client.activateSMSProvider({ id }, {});
    const { config } = await client.getSMSProvider({ id }, {});
    expect(config).toMatchObject({
      id,
      state: active,
      description: "primary",
      config: { case: "twilio", value: { sid: twilio.sid, senderNumber: twilio.senderNumber } },
    });
    await client.updateSMSProviderTwilio(
      create(UpdateSMSProviderTwilioRequestSchema, { id, sid: "AC2", senderNumber: "", verifyServiceSid: "VA1" }),
      {},
    );
    await client.updateSMSProviderTwilioToken({ id, token: "other" }, {});
    await client.deactivateSMSProvider({ id }, {});
    const http = await client.addSMSProviderHTTP({ endpoint: "https://gw.example.org/zitadel" }, {});
    await client.updateSMSProviderHTTP({ id: http.id, endpoint: "https://gw.example.org/2", description: "gw" }, {});
    const { result, details: listed } = await client.listSMSProviders({ query: { limit: 2 } }, {});
    expect(result).toMatchObject([
      { id: http.id, description: "gw", config: { case: "http", value: { endpoint: "https://gw.example.org/2" } } },
      {
        id,
        state: inactive,
        description: "",
        config: { case: "twilio", value: { sid: "AC2", verifyServiceSid: "VA1" } },
      },
    ]);
    expect(listed?.totalResult).toBeGreaterThanOrEqual(2n);
    for (const gone of [id, http.id]) await client.removeSMSProvider({ id: gone }, {});
    expect(await refusalOf(client.getSMSProvider({ id }, {}))).toMatchObject({ code: Code.NotFound });
  });

  it("is refused in ZITADEL's codes, words and ids", async () => {
    const client = clientOf(owner);
    const { id } = await client.addSMSProviderTwilio(twilio, {});
    const missing = "SMS configuration not found (COMMAND-9ULtp9PH5E)";
    expect(await refusalOf(client.activateSMSProvider({ id: unknown }, {}))).toEqual({
      ...{ code: Code.NotFound, message: missing, id: "COMMAND-9ULtp9PH5E" },
    });
    expect(await refusalOf(client.deactivateSMSProvider({ id }, {}))).toMatchObject({
      ...{ code: Code.FailedPrecondition, id: "COMMAND-OSZAEkYvk7" },
    });
    expect(await refusalOf(client.updateSMSProviderTwilio({ id: "", sid: "x" }, {}))).toEqual({
      code: Code.InvalidArgument,
      message: "invalid UpdateSMSProviderTwilioRequest.Id: value length must be between 1 and 200 runes, inclusive",
      id: undefined,
    });
    const long = client.addSMSProviderHTTP({ endpoint: "x".repeat(100_000) }, {});
    expect(await refusalOf(long)).toMatchObject({ code: Code.ResourceExhausted });
    expect(await refusalOf(client.getMyInstance({}, {}))).toMatchObject({ code: Code.Unimplemented });
  });

  it("is told who it is not", async () => {
    const { id } = await clientOf(owner).addSMSProviderTwilio(twilio, {});
    const calls = (token: string) => {
      const client = clientOf(token);
      return {
        reading: [() => client.listSMSProviders({}, {}), () => client.getSMSProvider({ id }, {})],
        writing: [
          () => client.addSMSProviderTwilio(twilio, {}),
          () => client.updateSMSProviderTwilio({ id, ...twilio }, {}),
          () => client.updateSMSProviderTwilioToken({ id, token: "x" }, {}),
          () => client.addSMSProviderHTTP({ endpoint: "x" }, {}),
          () => client.updateSMSProviderHTTP({ id, endpoint: "x" }, {}),
          () => client.activateSMSProvider({ id }, {}),
          () => client.deactivateSMSProvider({ id }, {}),
          () => client.removeSMSProvider({ id }, {}),
        ],
      };
    };
    for (let index = 0; index < 10; index++) {
      // A new one each time: who goes on with a wrong token is told to wait.
      const wrong = calls(newAccessKey());
      const call = [...wrong.reading, ...wrong.writing][index] ?? expect.fail();
      expect(await refusalOf(call())).toMatchObject({ code: Code.Unauthenticated, id: "AUTH-7fs1e" });
    }
    const viewing = calls(viewer);
    for (const call of viewing.reading) await call();
    for (const call of viewing.writing) {
      expect(await refusalOf(call())).toMatchObject({ code: Code.PermissionDenied, id: "AUTH-5mWD2" });
    }
    const strange = calls(stranger);
    for (const call of [strange.reading[1], ...strange.writing.slice(1, 3), ...strange.writing.slice(4)]) {
      expect(await refusalOf(call?.() ?? Promise.resolve())).toMatchObject({ code: Code.NotFound });
    }
  });
});

describe("@zitadel/node", () => {
  it("works with an access token over grpc-js, and sees the signing key", async () => {
    const client = createAdminClient(gateway.url, createAccessTokenInterceptor(owner));
    const made = await client.addSMSProviderHTTP({ endpoint: "https://gw.example.org", description: "" });
    expect(made.signingKey).toMatch(/^[A-Za-z0-9]{36}$/);
    const rotated = await client.updateSMSProviderHTTP({
      ...{ id: made.id, endpoint: "https://gw.example.org" },
      expirationSigningKey: { seconds: 0 as never, nanos: 0 },
    });
    expect(rotated.signingKey).not.toBe(made.signingKey);
    const { config } = await client.getSMSProvider({ id: made.id });
    expect(config?.http?.signingKey).toBe(rotated.signingKey);
    await expect(client.getSMSProvider({ id: unknown })).rejects.toMatchObject({
      code: 5,
      details: "Errors.SMSConfig.NotExisting (QUERY-fn99w)",
    });
  });

  it("works with a service account's key file, from discovery to the call", async () => {
    const { keyFile } = await makeServiceAccount(gateway);
    const account = ServiceAccount.fromJsonString(JSON.stringify(keyFile));
    const interceptor = createServiceAccountInterceptor(gateway.url, account, { apiAccess: true });
    const client = createAdminClient(gateway.url, interceptor);
    const { id } = await client.addSMSProviderTwilio({ ...twilio, description: "terraform" });
    await client.activateSMSProvider({ id });
    expect((await client.getSMSProvider({ id })).config).toMatchObject({ state: active, description: "terraform" });
    const unaware = createServiceAccountInterceptor(gateway.url, account, {});
    await expect(createAdminClient(gateway.url, unaware).getSMSProvider({ id })).rejects.toMatchObject({ code: 16 });
  });
});

it("200 adds at once, with activations among them, get rising sequences, ids of their own and one active provider", async () => {
  const account = await gateway.addAccount();
  const token = await tokenOf(account, "owner");
  const client = createAdminServiceClient(createServerTransport(token, { baseUrl: gateway.url }));
  const sequences: { asked: number; answered: number; sequence: bigint }[] = [];
  const ids = await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      const asked = performance.now();
      const { id, details } = await client.addSMSProviderTwilio({ ...twilio, description: `${index}` }, {});
      sequences.push({ asked, answered: performance.now(), sequence: details?.sequence ?? 0n });
      if (index % 10 === 0) await client.activateSMSProvider({ id }, {});
      return id;
    }),
  );
  expect(new Set(ids).size).toBe(200);
  expect(new Set(sequences.map(({ sequence }) => sequence)).size).toBe(200);
  // Whoever asked after another's answer has the higher number.
  for (const one of sequences) {
    for (const later of sequences) {
      if (later.asked > one.answered) expect(later.sequence).toBeGreaterThan(one.sequence);
    }
  }
  const { body } = await rest("POST", "/sms/_search", { token, body: {} });
  const states = body.result.map(({ state }: { state: string }) => state);
  expect(states).toHaveLength(200);
  expect(states.filter((state: string) => state === "SMS_PROVIDER_CONFIG_ACTIVE")).toHaveLength(1);
});
