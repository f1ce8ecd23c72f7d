// What comes in for messages: the form of a create request, the form of an update, the filters of a list. Create is the
// hot path: the form is read by name, without a validator; its checks are in core, in one documented order.

import { createHash } from "node:crypto";
import { GatewayError } from "../../../core/errors.ts";
import type { AccountSid } from "../../../core/ids.ts";
import { type MessageChange, readChange } from "../../../core/messages/changes.ts";
import type { Idempotency, MessageRequest } from "../../../core/messages/request.ts";
import type { MessageFilter } from "../../../store/message-queries.ts";
import { readDateFilters } from "../date-filters.ts";
import { all, type Form, first } from "../form.ts";
import type { EchoedFilters } from "../paging.ts";

type TextField = Exclude<keyof MessageRequest, "mediaUrls">;
type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Form name → field of MessageRequest, for every parameter with one value. Others are ignored, as Twilio does. */
const fields: ReadonlyMap<string, TextField> = new Map(
  Object.entries({
    To: "to",
    From: "from",
    MessagingServiceSid: "messagingServiceSid",
    Body: "body",
    ContentSid: "contentSid",
    ContentVariables: "contentVariables",
    StatusCallback: "statusCallback",
    ApplicationSid: "applicationSid",
    ValidityPeriod: "validityPeriod",
    ScheduleType: "scheduleType",
    SendAt: "sendAt",
    SmartEncoded: "smartEncoded",
    ProvideFeedback: "provideFeedback",
    MaxPrice: "maxPrice",
    Attempt: "attempt",
    ContentRetention: "contentRetention",
    AddressRetention: "addressRetention",
    RiskCheck: "riskCheck",
    Tags: "tags",
    MessageIntent: "messageIntent",
  } as const satisfies Record<string, TextField>),
);

/** The form of a create request. Of a repeated parameter the first value counts. */
export function readMessageRequest(form: Form): MessageRequest {
  const request: Writable<MessageRequest> = {};
  for (const name in form) {
    const field = fields.get(name);
    const value = form[name];
    if (field === undefined || value === undefined) continue;
    const text = typeof value === "string" ? value : value[0];
    if (text !== undefined) request[field] = text;
  }
  if (form["MediaUrl"] !== undefined) request.mediaUrls = all(form, "MediaUrl").filter((url) => url !== "");
  // A "+" that was not percent-encoded has become a space.
  if (request.to?.startsWith(" ")) request.to = plusForSpace(request.to);
  if (request.from?.startsWith(" ")) request.from = plusForSpace(request.from);
  return request;
}

function plusForSpace(address: string): string {
  return address.replace(/^ (?=\d)/, "+");
}

const idempotencyKey = /^[\x21-\x7e]{1,255}$/;

/** The `Idempotency-Key` header with a digest of account and form; undefined without the header. */
export function readIdempotency(
  header: string | string[] | undefined,
  accountSid: AccountSid,
  form: Form,
): Idempotency | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== "string" || !idempotencyKey.test(header)) {
    throw new GatewayError("invalid-parameter", "Idempotency-Key must be 1 to 255 visible ASCII characters.");
  }
  const parameters = Object.keys(form)
    .sort()
    .map((name) => [name, ...all(form, name)]);
  const canonical = JSON.stringify([accountSid, parameters]);
  return { key: header, requestHash: createHash("sha256").update(canonical).digest() };
}

/** The form of an update: `Body=` redacts, `Status=canceled` cancels. Throws `invalid-parameter` for anything else. */
export function readMessageUpdate(form: Form): MessageChange {
  const [body, status] = [first(form, "Body"), first(form, "Status")];
  return readChange({ ...(body === undefined ? {} : { body }), ...(status === undefined ? {} : { status }) });
}

/** The filters of a list, and how they are echoed in its page URIs. */
export function readMessageFilters(query: Form): { filter: MessageFilter; echoed: EchoedFilters } {
  const filter: Writable<MessageFilter> = {};
  const echoed: [string, string][] = [];
  for (const [name, field] of [
    ["To", "to"],
    ["From", "from"],
  ] as const) {
    const value = first(query, name);
    if (!value) continue;
    filter[field] = plusForSpace(value);
    echoed.push([name, filter[field]]);
  }
  const sent = readDateFilters(query, "DateSent");
  if (sent.range.fromMs !== undefined) filter.sentFromMs = sent.range.fromMs;
  if (sent.range.beforeMs !== undefined) filter.sentBeforeMs = sent.range.beforeMs;
  return { filter, echoed: [...echoed, ...sent.echoed] };
}
