// gRPC, gRPC-Web and Connect below their clients: frames that are broken, protocols that do not fit, a gateway that drains.

import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../../test/support/gateway.ts";
import { zitadelCalls } from "../../../../test/support/zitadel.ts";
import { AddSMSProviderTwilioRequestSchema } from "../generated/zitadel/admin_pb.js";

let gateway: TestGateway;
let token: string;
let session: ClientHttp2Session;
const { tokenOf, rest } = zitadelCalls(() => gateway.url);

beforeAll(async () => {
  gateway = await startTestGateway();
  token = await tokenOf(gateway, "owner");
  session = connect(gateway.url);
});
afterAll(async () => {
  session.close();
  await gateway.stop();
});

const service = "/zitadel.admin.v1.AdminService";
const path = `${service}/AddSMSProviderTwilio`;
const request = create(AddSMSProviderTwilioRequestSchema, { sid: "AC1", token: "x", senderNumber: "+15005550006" });

function frame(message: Uint8Array, { flags = 0, length = message.length } = {}): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

interface Answer {
  readonly httpStatus: number;
  /** Of the trailers, or of the headers where there are none. */
  readonly status: string | undefined;
  readonly message: string;
}

/** One request over HTTP/2. */
async function ask(body: Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
  const stream = session.request({
    ...{ ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" },
    ...{ authorization: `Bearer ${token}`, ...headers },
  });
  let trailers: Record<string, unknown> = {};
  stream.on("trailers", (given) => (trailers = given));
  const answered = once(stream, "response");
  stream.end(body);
  const [response] = (await answered) as [Record<string, unknown>];
  stream.resume();
  await once(stream, "close");
  const all = { ...response, ...trailers };
  return {
    httpStatus: Number(response[":status"]),
    status: all["grpc-status"] as string | undefined,
    message: decodeURIComponent(String(all["grpc-message"] ?? "")),
  };
}

const good = () => toBinary(AddSMSProviderTwilioRequestSchema, request);

describe("a gRPC message", () => {
  it("is taken as it is, compressed, and with fields that nobody knows", async () => {
    const unknownField = Buffer.from([0xf2, 0x3f, 0x01, 0x61]);
    expect(await ask(frame(good()))).toMatchObject({ httpStatus: 200, status: "0" });
    expect(await ask(frame(gzipSync(good()), { flags: 1 }), { "grpc-encoding": "gzip" })).toMatchObject({
      status: "0",
    });
    expect(await ask(frame(Buffer.concat([good(), unknownField])))).toMatchObject({ status: "0" });
  });

  it.each([
    ["nothing at all", () => Buffer.alloc(0)],
    ["half a head", () => Buffer.from([0, 0])],
    ["less than it says", () => frame(good(), { length: 1000 })],
    ["what is no message", () => frame(Buffer.from([0xff, 0xff, 0xff]))],
    ["text that is not UTF-8", () => frame(Buffer.from([0x0a, 0x02, 0xff, 0xfe]))],
    ["two messages", () => Buffer.concat([frame(good()), frame(good())])],
    ["a message and garbage", () => Buffer.concat([frame(good()), Buffer.from("garbage")])],
    ["compressed without saying how", () => frame(gzipSync(good()), { flags: 1 })],
    ["more than there may be", () => frame(Buffer.alloc(100_000))],
    ["more than memory", () => frame(good(), { length: 0xffffffff })],
    ["five megabytes", () => frame(Buffer.alloc(5_000_000))],
  ])("of %s is refused, and nothing is stored", async (_what, body) => {
    const before = (await rest("POST", "/sms/_search", { token, body: {} })).body.details.totalResult;
    const answer = await ask(body());
    expect(answer.httpStatus).toBe(200);
    // InvalidArgument, ResourceExhausted, Unimplemented (of two messages), Internal (compressed without saying how):
    // what gRPC has for each.
    expect(["3", "8", "12", "13"]).toContain(answer.status);
    const after = (await rest("POST", "/sms/_search", { token, body: {} })).body.details.totalResult;
    expect(after).toBe(before);
  });

  it("that decompresses to too much is refused", async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    expect(await ask(frame(bomb, { flags: 1 }), { "grpc-encoding": "gzip" })).toMatchObject({ status: "8" });
  });
});

describe("gRPC-Web as text", () => {
  const type = "application/grpc-web-text+proto";
  const send = async (body: string, authorization = `Bearer ${token}`) => {
    const headers = { "content-type": type, authorization, "x-grpc-web": "1" };
    const response = await fetch(gateway.url + path, { method: "POST", headers, body });
    const text = await response.text();
    expect([response.status, response.headers.get("content-type")]).toEqual([200, type]);
    return { response, text, said: Buffer.from(text, "base64").toString("latin1") };
  };

  it("is answered as text", async () => {
    const { text, said } = await send(frame(good()).toString("base64"));
    expect(text).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
    expect(said).toMatch(/grpc-status: ?0/);
    expect(said).toMatch(/[1-9]\d{17}/);
  });

  it("may be several pieces of base64, each padded by itself", async () => {
    const whole = frame(good());
    const pieces = [whole.subarray(0, 4), whole.subarray(4, 5), whole.subarray(5)];
    const { said } = await send(pieces.map((piece) => piece.toString("base64")).join(""));
    expect(said).toMatch(/grpc-status: ?0/);
  });

  it.each([
    ["what is no base64", "!!!!"],
    ["half a message", frame(good()).subarray(0, 9).toString("base64")],
    ["nothing", ""],
  ])("of %s is refused", async (_what, body) => {
    expect((await send(body)).said).toMatch(/grpc-status: ?(3|12|13)\b/);
  });

  it("without credentials is refused, too", async () => {
    const { response } = await send(frame(good()).toString("base64"), "");
    expect(response.headers.get("grpc-status")).toBe("16");
  });
});

describe("a call", () => {
  it("without credentials is refused before its message is looked at, in every protocol", async () => {
    for (const type of ["application/grpc", "application/grpc+proto", "application/grpc-web+proto"]) {
      const answer = await ask(frame(Buffer.from("garbage")), { "content-type": type, authorization: "" });
      expect(answer).toEqual({ httpStatus: 200, status: "16", message: "auth header missing" });
    }
    const response = await fetch(gateway.url + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "garbage",
    });
    expect([response.status, await response.json()]).toEqual([
      401,
      { code: "unauthenticated", message: "auth header missing" },
    ]);
  });

  it("of a method that is not here is unimplemented; with another verb it is no call, and there is no such path", async () => {
    const answer = await ask(frame(good()), { ":path": `${service}/GetMyInstance` });
    expect(answer).toMatchObject({ httpStatus: 200, status: "12" });
    for (const method of ["GET", "PUT", "DELETE"]) {
      const got = await fetch(gateway.url + path, { method, headers: { authorization: `Bearer ${token}` } });
      expect([got.status, await got.json()], method).toEqual([404, { code: 5, message: "Not Found" }]);
    }
  });

  it("of gRPC over HTTP/1.1 is refused with what to do instead", async () => {
    const headers = { "content-type": "application/grpc+proto", authorization: `Bearer ${token}` };
    const response = await fetch(gateway.url + path, { method: "POST", headers, body: frame(good()) });
    expect(response.status).toBe(415);
    expect(await response.text()).toContain("gRPC-Web");
  });

  it("of an unknown content type is refused", async () => {
    const headers = { "content-type": "application/x-unknown", authorization: `Bearer ${token}` };
    const response = await fetch(gateway.url + path, { method: "POST", headers, body: "x" });
    expect(response.status).toBe(415);
  });

  it("that its caller gives up does no harm", async () => {
    const streams = Array.from({ length: 20 }, () => {
      const stream = session.request({
        ...{ ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" },
        authorization: `Bearer ${token}`,
      });
      stream.on("error", () => undefined);
      stream.end(frame(good()));
      stream.close(8);
      return once(stream, "close");
    });
    await Promise.all(streams);
    expect(await ask(frame(good()))).toMatchObject({ status: "0" });
  });

  it("may be made by a browser from anywhere", async () => {
    const origin = "https://console.example.org";
    const preflight = await fetch(gateway.url + path, { method: "OPTIONS", headers: { origin } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe(origin);
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}`, origin };
    const response = await fetch(`${gateway.url}${service}/ListSMSProviders`, { method: "POST", headers, body: "{}" });
    expect([response.status, response.headers.get("access-control-allow-origin")]).toEqual([200, origin]);
  });

  it("is told to come again while the database is away", async () => {
    const giveBack = await gateway.cutDatabase();
    const [grpc, answer] = await Promise.all([ask(frame(good())), rest("POST", "/sms/_search", { token, body: {} })]);
    await giveBack();
    expect(grpc).toMatchObject({ httpStatus: 200, status: "14" });
    expect(answer).toMatchObject({ status: 503, body: { code: 14 } });
    expect(answer.headers.get("retry-after")).toBe("2");
  });
});
