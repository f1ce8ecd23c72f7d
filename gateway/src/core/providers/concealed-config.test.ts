import { describe, expect, it } from "vitest";
import { concealed } from "./concealed-config.ts";

const placeholder = (name: string) => `\${${name}}`;

describe("settings without their credentials", () => {
  it("have the names of headers and queries, and the placeholders, but no values", () => {
    const config = {
      format: "template",
      fromNumber: "+12025550100",
      requests: [
        {
          ...{
            deliveryMethod: "SMS",
            method: "POST",
            url: `https://sms.example.com/send?apikey=S1&to=${placeholder("to")}&S2`,
          },
          headers: { Authorization: "Bearer S3", "content-type": "text/plain" },
          body: `key=S4&text=${placeholder("message")}`,
        },
      ],
      authentication: { method: "OAUTH2", clientId: "app", authUrl: "https://user:S5@id.example.com/token?k=S6#S7" },
    };
    expect(concealed(config)).toEqual({
      format: "template",
      fromNumber: "+12025550100",
      requests: [
        {
          ...{ deliveryMethod: "SMS", method: "POST" },
          url: `https://sms.example.com/send?apikey=[hidden]&to=${placeholder("to")}&[hidden]`,
          headers: { Authorization: "[hidden]", "content-type": "[hidden]" },
          body: "[hidden]",
        },
      ],
      authentication: {
        ...{ method: "OAUTH2", clientId: "app", authUrl: "https://[hidden]@id.example.com/token?k=[hidden]" },
      },
    });
  });

  it("have no secret wherever one may be put, however odd", () => {
    const secret = "s3cr3t";
    const urls = [
      `https://h.example/?${secret}`,
      `https://h.example/?a=${secret}?b=${secret}`,
      `https://h.example/#${secret}`,
      `https://h.example/?a=1#${secret}`,
      `//${secret}@h.example/`,
      `https://u:${secret}@h.example?x`,
      `HTTPS://u@${secret}@h.example/`,
      `https://h.example/?a=${placeholder("to")}${secret}`,
    ];
    for (const url of urls) {
      const shown = JSON.stringify(
        concealed({ endpoint: url, baseUrl: url, headers: { a: secret }, requests: [{ url }] }),
      );
      expect(shown, url).not.toContain(secret);
    }
  });

  it("are the same where there is nothing to hide", () => {
    const config = {
      accountSid: "AC1",
      baseUrl: "https://sms.example/api/laml",
      fromNumbers: [{ number: "+12025550100" }],
    };
    expect(concealed(config)).toEqual(config);
  });
});
