// Raw Request. Fourteen of its inputs are the library's own definitions, so that keys, labels, comments, models
// and defaults stay theirs. What they do is in `trunkline/actions`.

import { action, input } from "@prismatic-io/spectral";
import { inputs as http } from "@prismatic-io/spectral/dist/clients/http/index.js";
import { type RawRequestInput, rawRequest as send } from "trunkline/actions";
import { withConnection } from "../connections/use-connection.ts";
import { entries, optional, optionalNumber, textEntries } from "../inputs/clean.ts";
import { includeResponseMetadata, twilioConnection } from "../inputs/common.ts";

const responseTypes = ["json", "text", "arraybuffer", "document"] as const;

const inputs = {
  twilioConnection,
  url: input({
    ...http.url,
    comments:
      "Input the path only (/Accounts/$TWILIO_ACCOUNT_SID/Messages.json), The base URL is already included (https://api.twilio.com/2010-04-01). For example, to connect to https://api.twilio.com/2010-04-01/Accounts/$TWILIO_ACCOUNT_SID/Messages.json, only /Accounts/$TWILIO_ACCOUNT_SID/Messages.json is entered in this field. $TWILIO_ACCOUNT_SID is filled in. For Twilio's other products give the whole URL.",
    example: "/Accounts/$TWILIO_ACCOUNT_SID/Messages.json",
  }),
  method: http.method,
  data: http.data,
  formData: input({ ...http.formData, clean: entries }),
  fileData: input({ ...http.fileData, clean: entries }),
  fileDataFileNames: input({
    ...http.fileDataFileNames,
    clean: (value: unknown) => Object.fromEntries(textEntries(value)),
  }),
  queryParams: input({ ...http.queryParams, clean: textEntries }),
  headers: input({ ...http.headers, clean: textEntries }),
  responseType: input({
    ...http.responseType,
    clean: (value: unknown) => {
      const wanted = optional(value) ?? "json";
      const known = responseTypes.find((type) => type === wanted);
      if (known === undefined) throw new Error(`Response Type must be one of ${responseTypes.join(", ")}.`);
      return known;
    },
  }),
  // Nothing means the default of 30 s; only a 0 means no limit.
  timeout: input({ ...http.timeout, clean: optionalNumber("Timeout") }),
  retryDelayMS: http.retryDelayMS,
  retryAllErrors: http.retryAllErrors,
  maxRetries: http.maxRetries,
  useExponentialBackoff: http.useExponentialBackoff,
  includeResponseMetadata,
};

export const rawRequest = action({
  display: { label: "Raw Request", description: "Send raw HTTP request to Twilio" },
  inputs,
  performSafety: "notAllowed",
  perform: (context, { twilioConnection, includeResponseMetadata, ...given }) =>
    withConnection(twilioConnection, context, async (connection) => {
      const { data, status, headers } = await send(connection, requestOf(given));
      if (includeResponseMetadata) return { data: { data, statusCode: status, headers } as unknown };
      if (!Buffer.isBuffer(data)) return { data };
      return { data, contentType: headers["content-type"] ?? "application/octet-stream" };
    }),
  examplePayload: { data: { sid: "SM0123456789abcdef0123456789abcdef", status: "queued", num_segments: "1" } },
  outputSchema: { type: "actionOutput", schema: {} },
});

interface RawInputs {
  readonly url: string;
  readonly method: string;
  readonly data: unknown;
  readonly formData: [string, unknown][];
  readonly fileData: [string, unknown][];
  readonly fileDataFileNames: Record<string, string>;
  readonly queryParams: [string, string][];
  readonly headers: [string, string][];
  readonly responseType: (typeof responseTypes)[number];
  readonly timeout: number | undefined;
  readonly retryDelayMS: number;
  readonly retryAllErrors: boolean;
  readonly maxRetries: number;
  readonly useExponentialBackoff: boolean;
}

function requestOf(given: RawInputs): RawRequestInput {
  return {
    url: given.url,
    method: given.method,
    data: given.data,
    formData: given.formData,
    fileData: given.fileData,
    fileNames: given.fileDataFileNames,
    query: given.queryParams,
    headers: given.headers,
    responseType: given.responseType,
    timeoutMs: given.timeout,
    retryDelayMs: given.retryDelayMS,
    retryAllErrors: given.retryAllErrors,
    maxRetries: given.maxRetries,
    useExponentialBackoff: given.useExponentialBackoff,
  };
}
