import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GatewayError } from "../errors.ts";
import { isAllowed, readPolicy } from "./policy.ts";

const allowing = (...allow: string[]) => JSON.stringify({ allow });

describe("a policy", () => {
  it("allows what it lists, each verb by itself, and all verbs of a resource with a star", () => {
    const policy = readPolicy(allowing("/twilio/messaging/messages/read", "/twilio/messaging/services/*"));
    expect(isAllowed(policy, "/twilio/messaging/messages/read")).toBe(true);
    expect(isAllowed(policy, "/twilio/messaging/messages/list")).toBe(false);
    expect(isAllowed(policy, "/twilio/messaging/messages.media/read")).toBe(false);
    expect(isAllowed(policy, "/twilio/messaging/services/delete")).toBe(true);
    expect(isAllowed(policy, "/twilio/messaging/services.phonenumbers/delete")).toBe(false);
  });

  it("may name products that the gateway has not", () => {
    expect(readPolicy(allowing("/twilio/voice/calls/create")).allow).toHaveLength(1);
  });

  it.each([
    "",
    "x",
    "null",
    "[]",
    "{}",
    '{"allow":null}',
    '{"allow":"/twilio/messaging/messages/read"}',
    '{"allow":[1]}',
    '{"allow":["/twilio/messaging/messages/read"],"deny":[]}',
    allowing(),
    allowing("*"),
    allowing("/twilio/*"),
    allowing("/twilio/messaging/*"),
    allowing("twilio/messaging/messages/read"),
    allowing("/twilio/messaging/messages/send"),
    allowing("/twilio/messaging/messages/read "),
    allowing(...Array.from({ length: 101 }, () => "/twilio/messaging/messages/read")),
  ])("is not %s", (text) => {
    expect(() => readPolicy(text)).toThrow(expect.objectContaining({ code: "invalid-parameter" }));
  });

  it("is read or refused, whatever is sent", () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.array(fc.string()).map((allow) => JSON.stringify({ allow })),
    );
    fc.assert(
      fc.property(text, (given) => {
        try {
          expect(readPolicy(given).allow.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(GatewayError);
        }
      }),
    );
  });
});
