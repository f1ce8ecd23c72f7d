import { describe, expect, it } from "vitest";
import type { Provider } from "../../api/generated/api.d.ts";
import { moveBeside, moveBy } from "./chain-order.ts";
import { changeOf, creationOf, draftOf, isSimple, newDraft, readHeaders } from "./provider-draft.ts";

const stored: Provider = {
  ...{ id: "p", number: "1", accountSid: "AC", name: "Acme", builtIn: false, secrets: ["authToken"] },
  ...{ chainPosition: 0, health: null, createdAt: "", updatedAt: "", kind: "twilio" },
  config: { accountSid: "AC1", messagingServiceSid: "MG1", onUnknown: "resend", baseUrl: "https://sms.example" },
};

describe("the form of a provider", () => {
  it("makes a Twilio provider of what was filled in, and of nothing else", () => {
    const draft = { ...newDraft(), name: " Twilio ", accountSid: "AC1", authToken: "t", fromNumber: "+12025550100" };
    expect(creationOf(draft)).toEqual({
      ...{ kind: "twilio", name: "Twilio", accountSid: "AC1", authToken: "t", fromNumber: "+12025550100" },
      onUnknown: "fail",
    });
  });

  it("leaves stored secrets alone, and takes away what was emptied", () => {
    const draft = { ...draftOf(stored), senderKind: "number" as const, fromNumber: "Acme", baseUrl: "" };
    expect(changeOf(draft, true)).toEqual({
      ...{ name: "Acme", baseUrl: null, accountSid: "AC1", apiKeySid: null, apiKeySecret: null },
      ...{ fromNumber: "Acme", messagingServiceSid: null, onUnknown: "resend" },
    });
  });

  it("makes one request of an HTTP provider, with its credentials", () => {
    const http = { kind: "http" as const, name: "H", url: "https://sms.example", headers: "a: b", body: "x" };
    expect(creationOf({ ...newDraft(), ...http, httpAuthentication: "BEARER", password: "s" })).toMatchObject({
      requests: [{ deliveryMethod: "SMS", method: "POST", url: "https://sms.example", headers: { a: "b" }, body: "x" }],
      authentication: { method: "BEARER", authToken: "s" },
    });
  });

  it("edits no more than name and sender of a provider that has what it cannot show", () => {
    const request = { deliveryMethod: "SMS", method: "POST", url: "u" };
    const http = (config: Record<string, unknown>): Provider => ({ ...stored, kind: "http", config });
    expect(isSimple(http({ format: "template", requests: [request] }))).toBe(true);
    expect(isSimple(http({ format: "template", requests: [{ ...request, beforeTag: "[" }] }))).toBe(false);
    expect(isSimple(http({ format: "zitadel" }))).toBe(false);
    expect(isSimple(http({ format: "template", requests: [request], authentication: { method: "OAUTH2" } }))).toBe(
      false,
    );
    const odd = http({ format: "zitadel", fromNumber: "+12025550100" });
    expect(changeOf({ ...draftOf(odd), name: "N" }, false)).toEqual({ name: "N", fromNumber: "+12025550100" });
  });

  it("reads headers line by line", () => {
    expect(readHeaders("A: b: c\n\n x-y :z ")).toEqual({ A: "b: c", "x-y": "z" });
    expect(readHeaders("no header")).toBeNull();
  });
});

describe("the chain", () => {
  const chain = ["a", "b", "c", "d"];
  it("takes what is dragged to where it is dropped", () => {
    expect(moveBeside(chain, new Set(["d"]), "a", "before")).toEqual(["d", "a", "b", "c"]);
    expect(moveBeside(chain, new Set(["a"]), "c", "after")).toEqual(["b", "c", "a", "d"]);
    expect(moveBeside(chain, new Set(["b", "d"]), "a", "before")).toEqual(["b", "d", "a", "c"]);
    expect(moveBeside(chain, new Set(["b"]), "b", "after")).toEqual(chain);
  });

  it("moves one up or down, and not past its ends", () => {
    expect(moveBy(chain, "b", -1)).toEqual(["b", "a", "c", "d"]);
    expect(moveBy(chain, "b", 1)).toEqual(["a", "c", "b", "d"]);
    expect([moveBy(chain, "a", -1), moveBy(chain, "d", 1), moveBy(chain, "x", 1)]).toEqual([chain, chain, chain]);
  });
});
