// Made from gateway/actions by `npm run generate`: change it there.

import type { Agent as HttpAgent } from "node:http";
import type { Agent as HttpsAgent } from "node:https";
interface SegmentCount {
    readonly encoding: "GSM-7" | "UCS-2";
    /** 1 or more; an empty text takes one. */
    readonly segments: number;
    /** Septets (GSM-7) or UTF-16 code units (UCS-2) of the text alone, without the headers of its segments. */
    readonly units: number;
}
/** Counts the final text, after smart encoding and variables. Never throws; lone surrogates count as one unit. */
declare function countSegments(text: string): SegmentCount;
/**
 * - `invalid-input`: nothing was sent; mend what was given.
 * - `credentials`: the server refused the credentials, or they may not do this.
 * - `not-found`, `refused`: the server said no, for good.
 * - `rate-limited`: too many requests; nothing was done.
 * - `unavailable`: no answer, or a failing server, and nothing was changed.
 * - `unknown-outcome`: it may have been done; it was not repeated.
 * - `unexpected-answer`: what answered is not the API: HTML, wrong shape, too large.
 * - `aborted`: the caller's signal.
 */
type ActionErrorKind = "invalid-input" | "credentials" | "not-found" | "refused" | "rate-limited" | "unavailable" | "unknown-outcome" | "unexpected-answer" | "aborted";
interface ActionErrorFacts {
    /** HTTP status; absent when there was no answer. */
    readonly status?: number;
    /** Twilio's error code. */
    readonly code?: number;
    readonly moreInfo?: string;
    /** Seconds after which the server wants to be asked again. */
    readonly retryAfterSeconds?: number;
    /** The answer's body, parsed when it was JSON. Only Raw Request gives it. */
    readonly body?: unknown;
}
declare class ActionError extends Error {
    readonly kind: ActionErrorKind;
    readonly facts: ActionErrorFacts;
    constructor(kind: ActionErrorKind, message: string, facts?: ActionErrorFacts);
}
type Product = "api" | "messaging" | "accounts";
interface ConnectionSettings {
    /** `AC` and 32 hexadecimal digits. */
    readonly accountSid: string;
    /** The account's auth token. Either this, or an API key, or an access key. */
    readonly authToken?: string | undefined;
    /** `SK` and 32 hexadecimal digits. */
    readonly apiKeySid?: string | undefined;
    readonly apiKeySecret?: string | undefined;
    /** An access key of a Trunkline gateway, sent as a bearer token. Twilio has none. */
    readonly accessKey?: string | undefined;
    /**
     * Absent: Twilio. An address of Twilio's with a region and edge (`https://api.dublin.ie1.twilio.com`) is kept for every
     * product; any other address is one server for all of them, and may have a path.
     */
    readonly baseUrl?: string | undefined;
    /** How long one attempt of a request may take, from connecting to the last byte. Default 30 000; 0: no limit. */
    readonly timeoutMs?: number | undefined;
    readonly retry?: Partial<RetrySettings> | undefined;
    /** Told of every attempt. Nothing in it is secret: no body, no credentials, numbers masked. */
    readonly onExchange?: ((entry: ExchangeLogEntry) => void) | undefined;
    readonly signal?: AbortSignal | undefined;
}
interface RetrySettings {
    /** Further attempts after the first one. Default 3. */
    readonly retries: number;
    /** The first wait; each next one is twice as long, up to 30 s. Default 500. */
    readonly baseDelayMs: number;
    /** A Retry-After beyond this is not waited for. Default 60 000. */
    readonly longestWaitMs: number;
}
interface ExchangeLogEntry {
    readonly method: string;
    /** Without query values; digits of phone numbers masked. */
    readonly url: string;
    readonly headerNames: readonly string[];
    readonly requestBytes: number;
    readonly attempt: number;
    readonly durationMs: number;
    /** Null: no answer; `failure` says why. */
    readonly status: number | null;
    readonly responseBytes: number;
    readonly failure: string | null;
}
interface Connection {
    readonly accountSid: string;
    /** Is it Twilio itself? Otherwise a gateway, or another server that speaks its API. */
    readonly isTwilio: boolean;
    /** An API key or an access key, which may do less than the auth token. */
    readonly isApiKey: boolean;
    /** For messages to people: `Twilio`, or the server's host. */
    readonly serverName: string;
    /** `path` begins with a slash and its version. */
    urlOf(product: Product, path: string): URL;
    /** May this URL be sent the credentials? */
    owns(url: URL): boolean;
    /** The Authorization header. */
    authorization(): string;
    /** Takes every secret of the connection out of a text. */
    redact(text: string): string;
    readonly timeoutMs: number;
    readonly retry: RetrySettings;
    /** Sockets that may be used again: only for requests that may be repeated. */
    readonly agents: {
        readonly http: HttpAgent;
        readonly https: HttpsAgent;
    };
    readonly onExchange: ((entry: ExchangeLogEntry) => void) | undefined;
    readonly signal: AbortSignal | undefined;
}
/** Checks the settings without asking the server. Throws `invalid-input`. */
declare function connect(settings: ConnectionSettings): Connection;
type JsonObject = Readonly<Record<string, unknown>>;
interface Message {
    readonly sid: string;
    readonly accountSid: string;
    readonly messagingServiceSid: string | null;
    readonly direction: string;
    /** Null while a messaging service has not chosen the sender. */
    readonly from: string | null;
    readonly to: string;
    readonly body: string;
    readonly status: string;
    /** A number as text. */
    readonly numSegments: string;
    /** A number as text. */
    readonly numMedia: string;
    readonly errorCode: number | null;
    readonly errorMessage: string | null;
    readonly price: string | null;
    readonly priceUnit: string | null;
    readonly dateCreated: string | null;
    readonly dateUpdated: string | null;
    readonly dateSent: string | null;
    readonly apiVersion: string;
    readonly uri: string;
    readonly subresourceUris: Readonly<Record<string, string>>;
}
type Pairs = readonly (readonly [name: string, value: string])[];
interface MessageInput {
    /** E.164, a national number of `defaultRegion`, or a channel address (`whatsapp:+1…`). */
    readonly to: string;
    /** A phone number, short code, alphanumeric sender id or channel address. Optional with a messaging service. */
    readonly from?: string | undefined;
    readonly messagingServiceSid?: string | undefined;
    /** The text. Optional with media or a content template. */
    readonly message?: string | undefined;
    /** At most ten http or https URLs. */
    readonly mediaUrls?: readonly string[] | undefined;
    readonly contentSid?: string | undefined;
    /** Values of the template, or them as JSON. */
    readonly contentVariables?: string | Readonly<Record<string, unknown>> | undefined;
    readonly statusCallback?: string | undefined;
    /** When to send it; needs a messaging service. */
    readonly sendAt?: string | Date | undefined;
    /** Seconds, 1 to 36000: not sent by then, it fails. */
    readonly validityPeriod?: number | undefined;
    readonly smartEncoded?: boolean | undefined;
    readonly shortenUrls?: boolean | undefined;
    readonly sendAsMms?: boolean | undefined;
    readonly provideFeedback?: boolean | undefined;
    readonly riskCheck?: string | undefined;
    readonly messageIntent?: string | undefined;
    readonly contentRetention?: string | undefined;
    readonly addressRetention?: string | undefined;
    /** ISO 3166-1 alpha-2: the country of numbers without a `+`. Default `US`. */
    readonly defaultRegion?: string | undefined;
}
interface VerifiedAccount {
    readonly accountSid: string;
    /** Null with an API key, like the other two. */
    readonly friendlyName: string | null;
    /** `active`, `suspended` or `closed`. */
    readonly status: string | null;
    readonly type: string | null;
}
/** Throws `credentials` when the server does not accept them. Never gives the account's auth token. */
declare function verifyConnection(connection: Connection): Promise<VerifiedAccount>;
interface ConsentSign {
    /** Towards whom: an address, or the SID of a messaging service. */
    readonly sender: string;
    readonly status: "opted-in" | "opted-out";
    readonly evidence: "stored-consent" | "keyword" | "refused-message";
    readonly messageSid: string | null;
    readonly atMs: number;
}
interface MessageFilters {
    readonly to?: string | undefined;
    readonly from?: string | undefined;
    /** A date is that whole day in UTC; a time counts to the second. */
    readonly dateSent?: string | undefined;
    readonly dateSentAfter?: string | undefined;
    readonly dateSentBefore?: string | undefined;
    readonly status?: string | undefined;
    /** `inbound`, `outbound` (each of that kind) or the exact direction. */
    readonly direction?: string | undefined;
    /** 1 to 1000. Default: as many as are needed. */
    readonly pageSize?: number | undefined;
}
interface ListInput extends MessageFilters {
    /** How many to give; `all`: no limit. Default 100. */
    readonly limit?: number | "all" | undefined;
}
interface MessageList {
    readonly messages: readonly Message[];
    /** There may be more than are given: the limit was reached, or too many had to be looked through. */
    readonly truncated: boolean;
}
interface MessagePage {
    /** What matches on this page; may be empty though more pages follow. */
    readonly messages: readonly Message[];
    /** Leads to the next page; null: this was the last. */
    readonly nextPageToken: string | null;
}
declare function listMessages(connection: Connection, input?: ListInput): Promise<MessageList>;
/** One page. `pageToken`: from the page before. */
declare function listMessagePage(connection: Connection, input?: MessageFilters & {
    readonly pageToken?: string | undefined;
}): Promise<MessagePage>;
interface ConsentInput {
    /** Who would be written to. */
    readonly contact: string;
    /** What would be written from: a number, short code or messaging service. Absent: any sender of the account. */
    readonly sender?: string | undefined;
    readonly defaultRegion?: string | undefined;
}
interface ConsentState {
    readonly contact: string;
    readonly sender: string | null;
    /**
     * `unknown`: nothing was found either way. Without a sender, an opt-out towards any of the account's counts. The server
     * judges every message by all it knows, whatever is said here.
     */
    readonly status: "opted-in" | "opted-out" | "unknown";
    /** Where it was looked up. */
    readonly source: "consents" | "messages";
    /** What says so: a stored consent, the keyword that they sent, or a message that was refused. */
    readonly evidence: ConsentSign["evidence"] | null;
    readonly messageSid: string | null;
    /** When. */
    readonly at: string | null;
}
declare function checkConsent(connection: Connection, input: ConsentInput): Promise<ConsentState>;
declare function getMessage(connection: Connection, given: string): Promise<Message>;
/** Cancels a scheduled message. One that is cancelled already stays so. Throws `refused` (30409) when it is too late. */
declare function cancelMessage(connection: Connection, given: string): Promise<Message>;
/** Takes out the text for good; the message stays. Only of a message in a final state. */
declare function redactMessage(connection: Connection, given: string): Promise<Message>;
/** Deletes the message. True: it was there; false: there was none (any more). */
declare function deleteMessage(connection: Connection, given: string): Promise<boolean>;
interface PollInput {
    readonly to?: string | undefined;
    readonly from?: string | undefined;
    readonly direction?: "inbound" | "outbound" | undefined;
    readonly showCreated?: boolean | undefined;
    readonly showUpdated?: boolean | undefined;
    /** How long after it was created or sent a message is watched for changes, in minutes: 2 to 1440. Default 60. */
    readonly lookBackMinutes?: number | undefined;
    /** The most messages in one result, 1 to 10 000; the rest comes with the next look. Default 1000. */
    readonly maxMessages?: number | undefined;
}
interface PollResult {
    /** Oldest first. */
    readonly created: readonly Message[];
    readonly updated: readonly Message[];
    /** There is more to tell: look again at once. */
    readonly truncated: boolean;
    /** To give to the next look; JSON. */
    readonly state: PollState;
}
interface PollState {
    readonly version: 1;
    /** ISO 8601. */
    readonly since: string;
    /** Message SID → [status that was told, when it was created or sent, in ms since 1970]. */
    readonly told: Readonly<Record<string, readonly [status: string, atMs: number]>>;
}
/** `state`: of the last look; anything else begins anew: what is there already counts as told. */
declare function pollMessages(connection: Connection, input: PollInput, state: unknown): Promise<PollResult>;
/** Entries keep their order, and a name may come several times. */
type Entries = readonly (readonly [name: string, value: unknown])[];
interface BodyInput {
    readonly data?: unknown;
    readonly formData?: Entries | undefined;
    readonly fileData?: Entries | undefined;
    /** Name in `fileData` → file name. */
    readonly fileNames?: Readonly<Record<string, string>> | undefined;
}
interface RawRequestInput extends BodyInput {
    /** A path below `/2010-04-01`, or a whole URL of the connection's server. `$TWILIO_ACCOUNT_SID` is filled in. */
    readonly url: string;
    readonly method: string;
    readonly query?: Pairs | undefined;
    readonly headers?: Pairs | undefined;
    /** Default `json`: parsed, or text when it is no JSON. `arraybuffer`: a Buffer. */
    readonly responseType?: "json" | "text" | "arraybuffer" | "document" | undefined;
    /** For each attempt. Default: the connection's, 30 s; 0: no limit. */
    readonly timeoutMs?: number | undefined;
    /** Default 0. */
    readonly maxRetries?: number | undefined;
    /** Between retries without exponential backoff. Default 0. */
    readonly retryDelayMs?: number | undefined;
    /** Also after 4xx, and POST after an unknown outcome. Default false. */
    readonly retryAllErrors?: boolean | undefined;
    /** Waits of 0.5, 1, 2 … s, at most 30, each shortened by up to a half at random. Default false. */
    readonly useExponentialBackoff?: boolean | undefined;
}
interface RawAnswer {
    readonly data: unknown;
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
}
declare const rawMethods: string[];
/** Throws an ActionError for every answer outside 200 to 299, with the answer's body in its facts. */
declare function rawRequest(connection: Connection, input: RawRequestInput): Promise<RawAnswer>;
interface NewToken {
    /** A secret: valid at once, beside the primary. It is shown this once. */
    readonly secondaryAuthToken: string;
    readonly dateCreated: string | null;
}
/**
 * Makes a secondary token. `replace`: deletes the one that there may be. Throws `refused` when there is one already;
 * `unknown-outcome` when the answer was lost: then one may exist whose value nobody knows, and `replace` makes another.
 */
declare function createSecondaryToken(connection: Connection, { replace }?: {
    readonly replace?: boolean | undefined;
}): Promise<NewToken>;
/**
 * Makes `newToken`, which must be the secondary one, the primary; the old primary stops working at once. Safe to repeat:
 * a token that is the primary already stays so.
 */
declare function promoteToken(connection: Connection, given: string): Promise<{
    readonly promoted: true;
}>;
/** True: there was one; false: there was none. */
declare function deleteSecondaryToken(connection: Connection): Promise<boolean>;
/** A rotation of a provider's credentials, as the gateway tells of it: its `id`, `state` and steps. */
type ProviderRotation = JsonObject;
/**
 * Starts the rotation of a provider's credentials on a gateway, which does every step of it by itself without a gap in
 * sending. One that is under way already is given instead. What applications sign in with does not change.
 */
declare function rotateProvider(connection: Connection, given: string): Promise<ProviderRotation>;
interface SendInput extends MessageInput {
    /**
     * The same key sends the same message once, however often it is asked for: kept by a gateway for 24 hours per account.
     * 1 to 255 visible ASCII characters. Twilio has no such keys: see `duplicateWindowMinutes`.
     */
    readonly idempotencyKey?: string | undefined;
    /**
     * Before sending, look for the same text to the same recipient in the last so many minutes, and give that message
     * instead. Best effort, for servers without idempotency keys. Default 0: no look.
     */
    readonly duplicateWindowMinutes?: number | undefined;
}
interface SentMessage {
    readonly message: Message;
    /** It had been accepted before; nothing was sent now. */
    readonly replayed: boolean;
    /** An answer was lost on the way; asking again, or looking for the message, told what became of it. */
    readonly reconciled: boolean;
}
interface MessagePreview extends SegmentCount {
    readonly to: string;
    readonly from: string | null;
    readonly messagingServiceSid: string | null;
    /** With its look-alikes replaced, where `smartEncoded` asks for it. */
    readonly body: string;
    readonly numMedia: number;
    readonly sendAt: string | null;
}
/** What would be sent, and in how many segments. Asks no server. Throws `invalid-input`. */
declare function previewMessage(input: MessageInput): MessagePreview;
/**
 * Throws `invalid-input` before anything is sent; `refused` with Twilio's code; `unknown-outcome` when the message may
 * have been accepted but could not be found: look for it later, before sending it again.
 */
declare function sendMessage(connection: Connection, input: SendInput): Promise<SentMessage>;
interface BulkRecipient {
    readonly to: string;
    /** Values of `{{name}}` in the template. */
    readonly variables?: Readonly<Record<string, unknown>> | undefined;
}
interface BulkInput extends Omit<MessageInput, "to" | "message"> {
    readonly recipients: readonly BulkRecipient[];
    /** The text; `{{name}}` stands for a recipient's variable. */
    readonly template: string;
    /**
     * Names this mailing. On a gateway, sending the same mailing again within 24 hours reaches only those that were not
     * reached before.
     */
    readonly batchKey?: string | undefined;
    /** Requests at a time, 1 to 50. Default 5. */
    readonly concurrency?: number | undefined;
    /** Messages per second at most. Default: no limit but the server's. */
    readonly ratePerSecond?: number | undefined;
    /** Begin nothing new after the first failure. Default false. */
    readonly stopOnError?: boolean | undefined;
    /** Begin nothing new after so many seconds. Default 600. */
    readonly timeLimitSeconds?: number | undefined;
}
/** `unknown`: it may have been sent. `skipped`: nothing was tried; `reason` says why. */
type BulkOutcome = "accepted" | "refused" | "unknown" | "skipped";
interface BulkResult {
    /** Place in the list of recipients, from 0. */
    readonly index: number;
    readonly to: string;
    readonly outcome: BulkOutcome;
    readonly sid: string | null;
    readonly status: string | null;
    readonly errorCode: number | null;
    readonly reason: string | null;
}
interface BulkReport {
    readonly accepted: number;
    readonly refused: number;
    readonly unknown: number;
    readonly skipped: number;
    /** One per recipient, in their order. */
    readonly results: readonly BulkResult[];
}
/** Throws `invalid-input` for what concerns all; what is wrong with one recipient is in the result. */
declare function sendBulk(connection: Connection, input: BulkInput): Promise<BulkReport>;
interface PhoneNumber {
    readonly sid: string;
    /** E.164. */
    readonly phoneNumber: string;
    readonly friendlyName: string;
    readonly sms: boolean;
    readonly mms: boolean;
}
interface MessagingService {
    readonly sid: string;
    readonly friendlyName: string;
}
/** At most a thousand. */
declare function listPhoneNumbers(connection: Connection): Promise<PhoneNumber[]>;
/** At most a thousand. */
declare function listMessagingServices(connection: Connection): Promise<MessagingService[]>;
interface WaitInput {
    readonly sid: string;
    /** 1 to 840. Default 60. */
    readonly timeoutSeconds?: number | undefined;
    /** The first wait between two looks; grows to 15 s. Default 2. */
    readonly intervalSeconds?: number | undefined;
    /** `sent`: that a carrier took it is enough, since not every carrier reports. Default `delivered`. */
    readonly until?: "delivered" | "sent" | undefined;
}
type DeliveryOutcome = "delivered" | "failed" | "timed-out";
interface Delivery {
    readonly outcome: DeliveryOutcome;
    /** As it was seen last. */
    readonly message: Message;
    readonly waitedSeconds: number;
}
declare function waitForDelivery(connection: Connection, input: WaitInput): Promise<Delivery>;
interface WebhookEvent {
    /** `inbound`: a message came in. `status`: one of yours went on. `other`: anything else that Twilio sends. */
    readonly kind: "inbound" | "status" | "other";
    readonly messageSid: string | null;
    readonly accountSid: string | null;
    readonly messagingServiceSid: string | null;
    readonly from: string | null;
    readonly to: string | null;
    /** Null: there is none, as in a status update. */
    readonly body: string | null;
    readonly numSegments: number | null;
    readonly media: readonly {
        readonly url: string;
        readonly contentType: string;
    }[];
    readonly status: string | null;
    readonly errorCode: number | null;
    /** `STOP`, `START` or `HELP`. */
    readonly optOutType: string | null;
    /** `sms`, or a channel such as `whatsapp`. */
    readonly channel: string;
    /** The same for every delivery of one event. Null when the sender gave none. */
    readonly idempotencyToken: string | null;
    /** To tell a repeated delivery: the token, or what stands for it; never the SID alone, which every status shares. */
    readonly deduplicationKey: string | null;
}
/** Says nothing in reply. */
declare const emptyTwiml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>";
/** One message in reply; the text is escaped. */
declare function replyTwiml(text: string): string;
/** Throws `invalid-input` for a reply that the server would refuse. Parses nothing, unlike the gateway: no XML parser here. */
declare function checkTwiml(xml: string): string;
interface WebhookRequest {
    readonly headers: Readonly<Record<string, unknown>>;
    /** The body as it may have been handed on, the one nearest to the wire first: bytes, text, or a parsed form. */
    readonly body: readonly unknown[];
    /** As decoded by whoever took the request. */
    readonly query: Readonly<Record<string, unknown>>;
}
interface WebhookKeys {
    /** Auth tokens or other signing keys; each is tried. */
    readonly keys: readonly string[];
    /** The URLs that the webhook may have been registered as, with or without their query. */
    readonly urls: readonly string[];
}
interface Webhook {
    /** What the request says: a form's or query's fields, parsed JSON, or text. */
    readonly data: unknown;
    readonly event: WebhookEvent;
}
type CheckedWebhook = {
    readonly valid: true;
    readonly webhook: Webhook;
}
/** `reason` is for a log; a stranger should not be told. */
 | {
    readonly valid: false;
    readonly reason: string;
};
/** Never throws, whatever the request holds. */
declare function checkWebhook(request: WebhookRequest, { keys, urls }: WebhookKeys): CheckedWebhook;
/** Reads a request without checking it: for tests with made-up requests only. */
declare function readUncheckedWebhook(request: WebhookRequest): Webhook;
export { ActionError, cancelMessage, checkConsent, checkTwiml, checkWebhook, connect, countSegments, createSecondaryToken, deleteMessage, deleteSecondaryToken, emptyTwiml, getMessage, listMessagePage, listMessages, listMessagingServices, listPhoneNumbers, pollMessages, previewMessage, promoteToken, rawMethods, rawRequest, readUncheckedWebhook, redactMessage, replyTwiml, rotateProvider, sendBulk, sendMessage, type ActionErrorFacts, type ActionErrorKind, type BodyInput, type BulkInput, type BulkOutcome, type BulkRecipient, type BulkReport, type BulkResult, type CheckedWebhook, type Connection, type ConnectionSettings, type ConsentInput, type ConsentState, type Delivery, type DeliveryOutcome, type Entries, type ExchangeLogEntry, type ListInput, type Message, type MessageFilters, type MessageInput, type MessageList, type MessagePage, type MessagePreview, type MessagingService, type NewToken, type PhoneNumber, type PollInput, type PollResult, type PollState, type ProviderRotation, type RawAnswer, type RawRequestInput, type SegmentCount as Segments, type SendInput, type SentMessage, type VerifiedAccount, type WaitInput, type Webhook, type WebhookEvent, type WebhookKeys, type WebhookRequest, verifyConnection, waitForDelivery };
