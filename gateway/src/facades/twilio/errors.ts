// What went wrong, in Twilio's words: the gateway's closed error union → code, HTTP status and message, exhaustive by
// type. The only place of this facade that shapes an error. Texts are Twilio's own where they are known.

import { GatewayError, type GatewayErrorCode } from "../../core/errors.ts";
import { xmlDocument, xmlElement } from "./xml.ts";

interface TwilioError {
  readonly code: number;
  readonly status: number;
  /** The wire text; absent: the error's own public message. */
  readonly text?: (values: Readonly<Record<string, string>>) => string;
}

const fixed =
  (text: string): (() => string) =>
  () =>
    text;
const value = (values: Readonly<Record<string, string>>, name: string): string => values[name] ?? "";

const catalogue: Readonly<Record<GatewayErrorCode, TwilioError>> = {
  unauthenticated: { code: 20003, status: 401, text: fixed("Authenticate") },
  forbidden: { code: 20006, status: 403, text: fixed("Access Denied") },
  "upstream-rejected": { code: 20001, status: 400, text: fixed("The provider refuses the credentials") },
  "account-not-active": { code: 20005, status: 403, text: fixed("Account not active") },
  "not-found": {
    code: 20404,
    status: 404,
    text: (values) => `The requested resource ${value(values, "path")} was not found`,
  },
  "method-not-allowed": { code: 20004, status: 405, text: fixed("Method not allowed") },
  conflict: { code: 20409, status: 409 },
  "idempotency-conflict": { code: 20409, status: 409 },
  "invalid-parameter": { code: 20001, status: 400 },
  "missing-parameter": {
    code: 20001,
    status: 400,
    text: (values) => `Missing required parameter ${value(values, "parameter")} in the post body`,
  },
  "page-size-too-large": { code: 20007, status: 400, text: fixed("Page size too large") },
  "invalid-page-token": { code: 21481, status: 400, text: fixed("Invalid PageToken") },
  "body-too-large": { code: 20001, status: 413 },
  "unsupported-media-type": { code: 20001, status: 415 },
  "rate-limited": { code: 20429, status: 429, text: fixed("Too Many Requests") },
  "not-complete": { code: 20009, status: 409, text: fixed("Cannot delete this resource before it is complete") },
  "database-unavailable": { code: 20503, status: 503, text: fixed("Service unavailable") },
  "query-too-slow": { code: 20503, status: 503 },
  draining: { code: 20503, status: 503, text: fixed("Service unavailable") },
  internal: { code: 20500, status: 500, text: fixed("Internal Server Error") },

  "auth-token-exists": { code: 70002, status: 400, text: fixed("Secondary auth token already exists") },
  "constraint-violated": { code: 70001, status: 400, text: fixed("The request has constraint violations") },
  "sid-invalid": {
    code: 70002,
    status: 400,
    text: (values) => `Invalid ${values["parameter"] ?? "Sid"} provided in the request`,
  },
  "credential-type-invalid": { code: 70105, status: 400, text: fixed("Invalid Type Specified in the Request") },
  "aws-credentials-invalid": { code: 70106, status: 400, text: fixed("Invalid AWS credentials") },
  "public-key-invalid": { code: 70104, status: 400, text: fixed("Invalid Public Key") },
  "public-key-algorithm-unsupported": { code: 70101, status: 400, text: fixed("Unsupported Public Key Algorithm") },
  "public-key-length-unsupported": { code: 70102, status: 400, text: fixed("Unsupported Public Key Length") },
  "public-key-exponent-unsupported": { code: 70103, status: 400, text: fixed("Unsupported Public Key Exponent") },
  "signed-request-required": {
    code: 70052,
    status: 401,
    text: fixed("Public Key Client Validation Required For Account"),
  },
  "signed-request-unsupported": { code: 70053, status: 401 },
  "signing-key-not-found": { code: 70153, status: 401, text: fixed("Public Key Does Not Exist") },
  "signature-token-invalid": { code: 70154, status: 401 },
  "signed-header-missing": { code: 70155, status: 401, text: fixed("Request Is Missing Required HTTP Headers") },
  "request-hash-mismatch": { code: 70156, status: 401, text: fixed("Request Hash Is Invalid") },

  "to-missing": { code: 21604, status: 400, text: fixed("A 'To' phone number is required.") },
  "sender-missing": { code: 21603, status: 400, text: fixed("A 'From' phone number is required.") },
  "body-missing": { code: 21602, status: 400, text: fixed("Message body is required.") },
  "content-missing": {
    code: 21619,
    status: 400,
    text: fixed("A text message body or media urls must be specified."),
  },
  "to-invalid": {
    code: 21211,
    status: 400,
    text: (values) => `The 'To' number ${value(values, "to")} is not a valid phone number.`,
  },
  "from-invalid": {
    code: 21212,
    status: 400,
    text: (values) =>
      `The 'From' number ${value(values, "from")} is not a valid phone number, shortcode, or alphanumeric sender ID.`,
  },
  "body-too-long": {
    code: 21617,
    status: 400,
    text: fixed("The concatenated message body exceeds the 1600 character limit."),
  },
  "body-unsendable": { code: 21618, status: 400, text: fixed("The message body cannot be sent") },
  "too-many-media": { code: 21623, status: 400, text: fixed("Number of media files exceeds allowed limit") },
  "media-url-invalid": { code: 21620, status: 400, text: fixed("Invalid media URL(s)") },
  "schedule-needs-service": {
    code: 35118,
    status: 400,
    text: fixed("MessagingServiceSid is required to schedule a message"),
  },
  "schedule-time-missing": { code: 35111, status: 400, text: fixed("SendAt is required to schedule a message") },
  "schedule-time-out-of-range": {
    code: 35114,
    status: 400,
    text: fixed("SendAt must be between 900 seconds and 35 days (3024000 seconds) in the future"),
  },
  "schedule-type-unsupported": { code: 35126, status: 400, text: fixed("ScheduleType value provided is unsupported") },
  "same-to-and-from": {
    code: 21266,
    status: 400,
    text: (values) => `'To' and 'From' number cannot be the same: ${value(values, "to")}`,
  },
  "channel-mismatch": {
    code: 21910,
    status: 400,
    text: fixed("Invalid From and To pair. From and To should be of the same channel"),
  },
  "from-not-owned": {
    code: 21606,
    status: 400,
    text: (values) =>
      `The From phone number ${value(values, "from")} is not a valid, SMS-capable inbound phone number or short code for your account.`,
  },
  "from-country-mismatch": {
    code: 21659,
    status: 400,
    text: (values) => `'From' ${value(values, "from")} is not a Twilio phone number or Short Code country mismatch`,
  },
  "from-other-account": {
    code: 21660,
    status: 400,
    text: (values) =>
      `Mismatch between the 'From' number ${value(values, "from")} and the account ${value(values, "accountSid")}`,
  },
  "from-not-sms-capable": {
    code: 21661,
    status: 400,
    text: (values) => `The 'From' number ${value(values, "from")} is not SMS-capable`,
  },
  "service-not-found": { code: 21701, status: 404, text: fixed("The Messaging Service does not exist") },
  "service-invalid": {
    code: 21705,
    status: 400,
    text: (values) => `The Messaging Service Sid ${value(values, "messagingServiceSid")} is invalid.`,
  },
  "service-empty": { code: 21704, status: 400, text: fixed("The Messaging Service contains no phone numbers") },
  "sender-not-in-service": {
    code: 21711,
    status: 400,
    text: (values) => `The 'From' number ${value(values, "from")} is not associated with the Messaging Service`,
  },
  "sender-in-service": {
    code: 21710,
    status: 409,
    text: fixed("Phone Number or Short Code is already in the Messaging Service."),
  },
  "sender-in-other-service": {
    code: 21712,
    status: 400,
    text: fixed("Phone Number or Short Code is associated with another Messaging Service."),
  },
  "service-full": { code: 21714, status: 400 },
  "alpha-sender-invalid": { code: 21709, status: 400 },
  "region-not-enabled": {
    code: 21408,
    status: 400,
    text: (values) =>
      `Permission to send an SMS has not been enabled for the region indicated by the 'To' number: ${value(values, "to")}`,
  },
  unreachable: {
    code: 21612,
    status: 400,
    text: (values) =>
      `The 'To' phone number: ${value(values, "to")}, is not currently reachable using the 'From' phone number: ${value(values, "from")} via ${values["via"] ?? "SMS"}.`,
  },
  "not-mobile": {
    code: 21614,
    status: 400,
    text: (values) => `To number: ${value(values, "to")}, is not a mobile number`,
  },
  "opted-out": { code: 21610, status: 400, text: fixed("Attempt to send to unsubscribed recipient") },
  "queue-full": { code: 21611, status: 429, text: fixed("SMS queue is full.") },
  "status-callback-invalid": {
    code: 21609,
    status: 400,
    text: (values) => `The StatusCallback URL ${value(values, "url")} is not a valid URL.`,
  },
  "validity-period-invalid": { code: 21624, status: 400 },
  "max-price-invalid": { code: 21627, status: 400, text: fixed("MaxPrice must be a valid float") },
  "content-sid-required": { code: 21654, status: 400, text: fixed("ContentSid is required") },
  "content-sid-invalid": { code: 21655, status: 400, text: fixed("The ContentSid is invalid") },
  "content-variables-invalid": { code: 21656, status: 400, text: fixed("The ContentVariables parameter is invalid") },
  "content-retention-invalid": { code: 30029, status: 400, text: fixed("Invalid ContentRetention") },
  "address-retention-invalid": { code: 30030, status: 400, text: fixed("Invalid AddressRetention") },
  "parameter-too-long": { code: 21658, status: 400 },
  "not-cancelable": { code: 30409, status: 409, text: fixed("This message cannot be canceled") },
  "feedback-not-expected": { code: 20001, status: 400 },
  "safe-list-duplicate": { code: 60411, status: 400, text: fixed("Phone Number already exists") },
  "number-invalid": { code: 21421, status: 400 },
  "number-unavailable": { code: 21422, status: 400 },
  "area-code-empty": { code: 21452, status: 400 },

  "permission-missing": {
    code: 70051,
    status: 401,
    text: (values) => `Authorization Error: required permission ${value(values, "permission")} is missing`,
  },
  "friendly-name-invalid": { code: 20002, status: 400, text: fixed("Invalid FriendlyName") },
  "account-nested": { code: 21101, status: 400, text: fixed("Subaccounts cannot contain subaccounts") },
  "account-status-invalid": { code: 21475, status: 400, text: fixed("Invalid Status") },
  "account-status-of-parent": { code: 21477, status: 400 },
  "account-closed": { code: 21479, status: 400 },
  "parent-not-active": { code: 21476, status: 400 },
  "too-many-subaccounts": { code: 21480, status: 400 },
  "too-many-keys": { code: 70151, status: 400 },
};

/** How long a client should wait when nothing better is known, in seconds. */
const retryAfterSeconds = "1";

export interface PresentedError {
  readonly status: number;
  readonly code: number;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The answer for an error. `path`: the requested path without query, which some texts name. */
export function presentError(error: GatewayError, format: "json" | "xml", path: string): PresentedError {
  const { code, status, text } = catalogue[error.code];
  const values = error.values["path"] === undefined ? { ...error.values, path } : error.values;
  const message = text === undefined ? error.message : text(values);
  const moreInfo = `https://www.twilio.com/docs/errors/${code}`;
  const detail = error.code === "unauthenticated" ? { detail: "Your AccountSid or AuthToken was incorrect." } : {};
  return {
    status,
    code,
    contentType: format === "json" ? "application/json; charset=utf-8" : "application/xml",
    headers: headersOf(error),
    body:
      format === "json"
        ? JSON.stringify({ code, message, more_info: moreInfo, status, ...detail })
        : xmlDocument(
            `<RestException>${xmlElement("Code", code)}${xmlElement("Message", message)}${xmlElement("MoreInfo", moreInfo)}${xmlElement("Status", status)}</RestException>`,
          ),
  };
}

function headersOf(error: GatewayError): Record<string, string> {
  switch (error.code) {
    case "unauthenticated":
      return { "www-authenticate": 'Basic realm="Twilio API"' };
    case "method-not-allowed":
      // RFC 9110, section 15.5.6.
      return error.values["allow"] === undefined ? {} : { allow: error.values["allow"] };
    case "database-unavailable":
      // Twilio's 20503 means that nothing was done. Here a commit may have gone through: gateways before us are to ask.
      return {
        "retry-after": error.values["retryAfterSeconds"] ?? retryAfterSeconds,
        "trunkline-maybe-stored": "true",
      };
    case "rate-limited":
    case "draining":
      return { "retry-after": error.values["retryAfterSeconds"] ?? retryAfterSeconds };
    default:
      return {};
  }
}

/** The errors of the HTTP framework (body limits, broken requests) in the gateway's words; null: not one of them. */
export function fromFrameworkError(thrown: unknown): GatewayError | null {
  if (!(thrown instanceof Error) || !("statusCode" in thrown) || typeof thrown.statusCode !== "number") return null;
  if (thrown.statusCode === 413) {
    return new GatewayError("body-too-large", "The request body is too large.", { cause: thrown });
  }
  if (thrown.statusCode === 415) {
    return new GatewayError("unsupported-media-type", "Send a form: application/x-www-form-urlencoded.", {
      cause: thrown,
    });
  }
  if (thrown.statusCode < 400 || thrown.statusCode > 499) return null;
  return new GatewayError("invalid-parameter", "The request could not be read.", { cause: thrown });
}
