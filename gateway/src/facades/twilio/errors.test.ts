import { describe, expect, it } from "vitest";
import { GatewayError, gatewayErrorCodes } from "../../core/errors.ts";
import { presentError } from "./errors.ts";

const present = (error: GatewayError) => JSON.parse(presentError(error, "json", "/2010-04-01/x.json").body) as unknown;

describe("presentError", () => {
  it.each(gatewayErrorCodes)("gives %s Twilio's four keys, the status twice", (code) => {
    const presented = presentError(new GatewayError(code, "words"), "json", "/p");
    const { detail: _detail, ...body } = JSON.parse(presented.body) as Record<string, unknown>;
    expect(body).toEqual({
      code: expect.any(Number),
      message: expect.stringMatching(/\S/),
      more_info: `https://www.twilio.com/docs/errors/${presented.code}`,
      status: presented.status,
    });
  });

  it("answers a 5xx only for what is the gateway's own trouble", () => {
    const serverErrors = gatewayErrorCodes.filter(
      (code) => presentError(new GatewayError(code, ""), "json", "/p").status >= 500,
    );
    expect(serverErrors).toEqual(["database-unavailable", "query-too-slow", "draining", "internal"]);
  });

  it("adds a detail to 20003, and the challenge", () => {
    const presented = presentError(new GatewayError("unauthenticated", "no"), "json", "/p");
    expect(presented.headers).toEqual({ "www-authenticate": 'Basic realm="Twilio API"' });
    expect(JSON.parse(presented.body)).toEqual({
      code: 20003,
      message: "Authenticate",
      more_info: "https://www.twilio.com/docs/errors/20003",
      status: 401,
      detail: "Your AccountSid or AuthToken was incorrect.",
    });
  });

  it("names the numbers in Twilio's own texts", () => {
    const values = { to: "+1555", from: "+1666" };
    expect(present(new GatewayError("to-invalid", "", { values }))).toMatchObject({
      message: "The 'To' number +1555 is not a valid phone number.",
    });
    expect(present(new GatewayError("unreachable", "", { values }))).toMatchObject({
      code: 21612,
      message: "The 'To' phone number: +1555, is not currently reachable using the 'From' phone number: +1666 via SMS.",
    });
  });

  it("names the requested path in a 404", () => {
    expect(present(new GatewayError("not-found", ""))).toMatchObject({
      message: "The requested resource /2010-04-01/x.json was not found",
    });
  });

  it("says the same in XML for paths without .json", () => {
    expect(presentError(new GatewayError("queue-full", ""), "xml", "/p").body).toBe(
      "<?xml version='1.0' encoding='UTF-8'?><TwilioResponse><RestException><Code>21611</Code><Message>SMS queue is full.</Message><MoreInfo>https://www.twilio.com/docs/errors/21611</MoreInfo><Status>429</Status></RestException></TwilioResponse>",
    );
  });

  it("tells clients of an absent database when to come again", () => {
    expect(presentError(new GatewayError("database-unavailable", ""), "json", "/p").headers).toHaveProperty(
      "retry-after",
    );
    expect(presentError(new GatewayError("draining", ""), "json", "/p").headers).toHaveProperty("retry-after");
  });
});
