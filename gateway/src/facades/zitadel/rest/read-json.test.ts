// The JSON of requests and answers, by the rules of Protobuf's JSON.

import { create, equals, toJson } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  AddSMSProviderTwilioRequestSchema,
  ListSMSProvidersRequestSchema,
  ListSMSProvidersResponseSchema,
  UpdateSMSProviderHTTPRequestSchema,
} from "../generated/zitadel/admin_pb.js";
import { SMSProviderConfigState } from "../generated/zitadel/settings_pb.js";
import { readJson } from "./read-json.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const twilio = (text: string) => readJson(AddSMSProviderTwilioRequestSchema, bytes(text));
const list = (text: string) => readJson(ListSMSProvidersRequestSchema, bytes(text));

describe("a request", () => {
  it.each(["", "  \n", "{}", '{"unknown":{"sid":1,"sid":2}}', '{"sid":null,"senderNumber":null}'])(
    "%j is empty",
    (text) => {
      expect(twilio(text)).toEqual(create(AddSMSProviderTwilioRequestSchema));
    },
  );

  it("takes names in both spellings, and numbers as text or number", () => {
    expect(twilio('{"sender_number":"1","verifyServiceSid":"2"}')).toMatchObject({
      senderNumber: "1",
      verifyServiceSid: "2",
    });
    for (const offset of ['"18446744073709551615"', "18446744073709551615n".slice(0, 4)]) {
      expect(list(`{"query":{"offset":${offset},"limit":"7","asc":true}}`).query).toMatchObject({
        ...{ offset: BigInt(offset.replaceAll('"', "")), limit: 7, asc: true },
      });
    }
    const update = readJson(UpdateSMSProviderHTTPRequestSchema, bytes('{"expirationSigningKey":"0s"}'));
    expect(update.expirationSigningKey).toEqual(durationFromMs(0));
  });

  it.each([
    "{",
    "null",
    "[]",
    '"text"',
    "{} x",
    '{"sid":1}',
    '{"sid":"a","sid":"a"}',
    '{"sid":"a","\\u0073id":"b"}',
    '{"senderNumber":"1","sender_number":"1"}',
    '{"sid":null,"sid":"a"}',
    '{"description":"\\ud800"}',
    "\ufeff{}",
    '{"sid":"a"}{"sid":"b"}',
  ])("%s is refused", (text) => {
    expect(() => twilio(text)).toThrow(ConnectError);
  });

  it.each([
    '{"query":{"limit":1,"limit":1}}',
    '{"query":{"limit":1.5}}',
    '{"query":{"limit":-1}}',
    '{"query":{"limit":4294967296}}',
    '{"query":{"offset":"18446744073709551616"}}',
    '{"query":{"asc":"true"}}',
    '{"query":[]}',
    '{"query":{},"query":{}}',
  ])("%s is refused within, too", (text) => {
    expect(() => list(text)).toThrow(ConnectError);
  });

  it("that is not UTF-8 is refused", () => {
    expect(() => readJson(AddSMSProviderTwilioRequestSchema, Buffer.from('{"sid":"\xff"}', "latin1"))).toThrow(
      ConnectError,
    );
  });

  it("is read as it was written, whatever it holds and however it is spelt", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 30 });
    const message = fc.record({
      ...{ sid: text, token: text, senderNumber: text, description: text, verifyServiceSid: text },
    });
    const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    fc.assert(
      fc.property(
        message,
        fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
        fc.json(),
        (fields, snaky, extra) => {
          const entries = Object.entries(fields).map(([name, value], index) => [
            snaky[index] ? snake(name) : name,
            value,
          ]);
          const json = JSON.stringify(Object.fromEntries([...entries, ["extra", JSON.parse(extra)]]));
          const read = twilio(json);
          const expected = create(AddSMSProviderTwilioRequestSchema, fields);
          expect(equals(AddSMSProviderTwilioRequestSchema, read, expected)).toBe(true);
          expect(
            equals(
              AddSMSProviderTwilioRequestSchema,
              twilio(JSON.stringify(toJson(AddSMSProviderTwilioRequestSchema, read))),
              expected,
            ),
          ).toBe(true);
        },
      ),
    );
  });

  it("is refused with a ConnectError, or read, whatever comes", () => {
    const anything = fc.oneof(
      fc.json(),
      fc.string(),
      fc.json().map((json) => `{"query":${json},"sid":${json}}`),
    );
    fc.assert(
      fc.property(fc.oneof(anything.map(bytes), fc.uint8Array()), (body) => {
        for (const schema of [AddSMSProviderTwilioRequestSchema, ListSMSProvidersRequestSchema]) {
          try {
            readJson(schema, body);
          } catch (error) {
            expect(error).toBeInstanceOf(ConnectError);
          }
        }
      }),
    );
  });
});

describe("an answer", () => {
  it("has 64-bit numbers as text, enums by name, dates with as many digits as they need, and no defaults", () => {
    const details = {
      sequence: 18446744073709551615n,
      creationDate: timestampFromDate(new Date("2026-05-04T09:00:00Z")),
      changeDate: { ...timestampFromDate(new Date("2026-05-04T09:00:00.12Z")), nanos: 120_000_001 },
      resourceOwner: "",
    };
    const answer = create(ListSMSProvidersResponseSchema, {
      details: { totalResult: 0n },
      result: [{ details, id: "1", state: SMSProviderConfigState.SMS_PROVIDER_CONFIG_ACTIVE }],
    });
    expect(toJson(ListSMSProvidersResponseSchema, answer)).toEqual({
      details: {},
      result: [
        {
          details: {
            sequence: "18446744073709551615",
            creationDate: "2026-05-04T09:00:00Z",
            changeDate: "2026-05-04T09:00:00.120000001Z",
          },
          id: "1",
          state: "SMS_PROVIDER_CONFIG_ACTIVE",
        },
      ],
    });
  });
});
