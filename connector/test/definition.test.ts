import { inputs as http } from "@prismatic-io/spectral/dist/clients/http/index.js";
import { describe, expect, it } from "vitest";
import component from "../src/index.ts";

interface Input {
  readonly key: string;
  readonly label: string;
  readonly type: string;
  readonly comments?: string;
  readonly example?: string;
  readonly placeholder?: string;
  readonly required?: boolean;
  readonly default?: unknown;
  readonly dataSource?: string;
}

const actions = Object.values(component.actions);
const triggers = Object.values(component.triggers);
const dataSources = Object.values(component.dataSources);
const inputsOf = (given: { inputs: unknown }) => given.inputs as Input[];
const find = (given: { inputs: unknown }, key: string) => inputsOf(given).find((input) => input.key === key);

describe("what the published definition has", () => {
  it.each([
    [
      "apiKeySecret",
      "Twilio API Key Connection",
      "Authenticate requests to Twilio using an API key",
      [
        ["accountSid", "Account SID", "string", "Your account SID (starts with AC)"],
        ["apiKey", "API Key SID", "string", "An API Key SID (starts with SK)"],
        ["apiSecret", "API Key Secret", "password", "The API secret that was generated when an API key was created"],
      ],
    ],
    [
      "basic",
      "Twilio Auth Token Connection",
      "Authenticate requests using account SID and auth token",
      [
        ["username", "Account SID", "string", "Your account SID (starts with AC)"],
        ["password", "Auth Token", "password", "Can be found on https://console.twilio.com/"],
      ],
    ],
  ])("the connection %s", (key, label, comments, inputs) => {
    const connection = component.connections.find((each) => each.key === key);
    expect(connection).toMatchObject({ label, comments });
    for (const [name, inputLabel, type, text] of inputs) {
      const input = (connection?.inputs as Input[] | undefined)?.find((each) => each.key === name);
      expect(input).toMatchObject({ label: inputLabel, type, comments: text, required: true, default: "" });
    }
  });

  it("the trigger, without an input that would have to be filled in", () => {
    const { webhook } = component.triggers;
    expect(webhook?.display).toEqual({
      label: "Webhook",
      description: "Receive and validate webhook requests from Twilio for webhooks you configure.",
    });
    expect(webhook).toMatchObject({ scheduleSupport: "invalid", synchronousResponseSupport: "invalid" });
    expect(inputsOf(webhook as never).filter(({ required }) => required)).toEqual([]);
  });

  it.each([
    ["getSMS", "Get SMS", "Get an SMS message", ["twilioConnection", "sid"]],
    ["listMessages", "List SMS messages", "Lists SMS messages", ["twilioConnection"]],
    ["rawRequest", "Raw Request", "Send raw HTTP request to Twilio", ["twilioConnection", "url", "method"]],
    ["sendSMS", "Send SMS", "Send an SMS message", ["twilioConnection", "to"]],
  ])("the action %s, with what it requires first", (key, label, description, required) => {
    const action = component.actions[key];
    expect(action?.display).toEqual({ label, description });
    const needed = inputsOf(action as never).filter((input) => input.required && (input.default ?? "") === "");
    expect(needed.map((input) => input.key)).toEqual(required);
    expect(inputsOf(action as never)[0]).toMatchObject({
      key: "twilioConnection",
      label: "Connection",
      type: "connection",
    });
  });

  it("Send SMS' and Get SMS' inputs", () => {
    const { sendSMS, getSMS } = component.actions;
    expect(find(sendSMS as never, "to")).toMatchObject({ label: "To", comments: "The SMS recipient's phone number." });
    expect(find(sendSMS as never, "from")).toMatchObject({
      label: "From",
      comments: expect.stringMatching(/^The SMS sender's phone number\./),
    });
    expect(find(sendSMS as never, "message")).toMatchObject({
      label: "Message",
      comments: "The message body of the SMS message.",
    });
    expect(find(getSMS as never, "sid")).toMatchObject({ label: "Message SID", dataSource: "selectMessage" });
  });

  it.each([
    ["url", "URL", ""],
    ["method", "Method", ""],
    ["data", "Data", ""],
    ["formData", "Form Data", ""],
    ["fileData", "File Data", ""],
    ["fileDataFileNames", "File Data File Names", ""],
    ["queryParams", "Query Parameter", ""],
    ["headers", "Header", ""],
    ["responseType", "Response Type", "json"],
    ["timeout", "Timeout", ""],
    ["retryDelayMS", "Retry Delay (ms)", "0"],
    ["retryAllErrors", "Retry On All Errors", "false"],
    ["maxRetries", "Max Retry Count", "0"],
    ["useExponentialBackoff", "Use Exponential Backoff", "false"],
  ] as const)("Raw Request's input %s", (key, label, value) => {
    const input = find(component.actions["rawRequest"] as never, key);
    expect(input).toMatchObject({ label, type: http[key].type });
    expect(input?.default ?? "").toBe(value);
    if (key !== "url") expect(input?.comments).toBe(http[key].comments);
    else expect(input?.comments).toMatch(/^Input the path only .* is entered in this field\./);
  });

  it("Raw Request's inputs in their order", () => {
    const keys = inputsOf(component.actions["rawRequest"] as never).map(({ key }) => key);
    const published = Object.keys(http).filter((key) => key !== "debugRequest");
    expect(keys).toEqual(["twilioConnection", ...published, "includeResponseMetadata"]);
  });
});

describe("the component", () => {
  it("names and describes everything that it has", () => {
    for (const { display } of [...actions, ...triggers, ...dataSources]) {
      expect([display.label, display.description]).toEqual([expect.stringMatching(/\S/), expect.stringMatching(/\S/)]);
    }
  });

  it("says of every input what it is for, with an example", () => {
    for (const each of [...actions, ...triggers, ...dataSources]) {
      for (const input of inputsOf(each)) {
        const name = `${each.key}.${input.key}`;
        expect([name, input.label, input.comments]).toEqual([
          name,
          expect.stringMatching(/\S/),
          expect.stringMatching(/\S/),
        ]);
        // The library's own definition of Method has neither.
        if (input.type === "connection" || each.key === "rawRequest") continue;
        expect([name, input.example, input.placeholder]).toEqual([name, expect.any(String), expect.any(String)]);
      }
    }
  });

  it("has an example of every output that survives JSON, and says what it may be run for", () => {
    for (const action of actions) {
      expect(action).toMatchObject({ performSafety: expect.stringMatching(/^(SAFE|NOT_ALLOWED)$/) });
      expect(action).toMatchObject({ outputSchema: { type: expect.any(String) } });
    }
    for (const { key, examplePayload } of [...actions, ...triggers, ...dataSources]) {
      expect([key, JSON.parse(JSON.stringify(examplePayload))]).toEqual([key, examplePayload]);
    }
  });

  it("allows a dry look only at what changes nothing", () => {
    const safe = actions.filter((action) => (action as { performSafety?: string }).performSafety === "SAFE");
    expect(safe.map(({ key }) => key).sort()).toEqual(
      ["checkConsent", "getSMS", "listMessages", "searchMessages", "verifyConnection"].sort(),
    );
  });

  it("feeds its pickers from data sources that there are", () => {
    const named = actions.flatMap((action) => inputsOf(action).flatMap(({ dataSource }) => dataSource ?? []));
    expect([...new Set(named)].sort()).toEqual(Object.keys(component.dataSources).sort());
  });

  it("takes secrets in password fields only", () => {
    const all = [...component.connections, ...actions, ...triggers].flatMap((each) => inputsOf(each as never));
    const secret = all.filter(({ key }) => /password|secret|token|signingKey/i.test(key) && key !== "pageToken");
    expect(secret.filter(({ key, type }) => type !== "password" && key !== "replaceSecondary")).toEqual([]);
  });

  it("has the shape that integrations are built on", async () => {
    const shape = JSON.stringify(
      component,
      (_, value) => (typeof value === "function" ? "function" : (value as unknown)),
      2,
    );
    await expect(`${shape}\n`).toMatchFileSnapshot("fixtures/component.json");
  });
});
