// Whether somebody may be written to. A gateway keeps consents and is asked for them. Elsewhere the messages must tell:
// the newest STOP or START that somebody sent to each sender, and messages to them that were refused for an opt-out.

import { onlyWordOf } from "../src/core/keywords/keyword.ts";
import { english } from "../src/core/keywords/languages.ts";
import { readRecipient, readRegion, readSender } from "./addresses.ts";
import type { Connection } from "./connection.ts";
import { type ConsentSign, consentsOnGateway } from "./consent-record.ts";
import { listMessages } from "./list-messages.ts";
import type { Message } from "./message.ts";

export interface ConsentInput {
  /** Who would be written to. */
  readonly contact: string;
  /** What would be written from: a number, short code or messaging service. Absent: any sender of the account. */
  readonly sender?: string | undefined;
  readonly defaultRegion?: string | undefined;
}

export interface ConsentState {
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

const UNSUBSCRIBED = 21610;
const MOST_MESSAGES = 1000;

export async function checkConsent(connection: Connection, input: ConsentInput): Promise<ConsentState> {
  const region = readRegion(input.defaultRegion);
  const contact = readRecipient(input.contact, region, "The contact");
  const given = input.sender?.trim() ? readSender(input.sender, region) : null;
  const sender = given === null ? null : given.kind === "service" ? given.messagingServiceSid : given.address;
  const stored = await consentsOnGateway(connection, contact, sender);
  const sign = decisive(stored ?? (await signsOfMessages(connection, contact, sender)));
  return {
    contact,
    sender,
    status: sign?.status ?? "unknown",
    source: stored === null ? "messages" : "consents",
    evidence: sign?.evidence ?? null,
    messageSid: sign?.messageSid ?? null,
    at: sign === undefined ? null : new Date(sign.atMs).toISOString(),
  };
}

/** The newest word towards each sender counts; of these an opt-out before anything else. */
function decisive(signs: readonly ConsentSign[]): ConsentSign | undefined {
  const newest = new Map<string, ConsentSign>();
  // Of the same second the first one is the newer: lists are newest first.
  for (const sign of signs.toSorted((a, b) => b.atMs - a.atMs)) {
    if (!newest.has(sign.sender)) newest.set(sign.sender, sign);
  }
  const standing = [...newest.values()];
  return standing.find(({ status }) => status === "opted-out") ?? standing[0];
}

async function signsOfMessages(connection: Connection, contact: string, sender: string | null): Promise<ConsentSign[]> {
  const isService = sender?.startsWith("MG") === true;
  const address = isService ? undefined : (sender ?? undefined);
  const [received, sent] = await Promise.all([
    listMessages(connection, { from: contact, to: address, direction: "inbound", limit: MOST_MESSAGES }),
    listMessages(connection, { to: contact, from: address, direction: "outbound", limit: MOST_MESSAGES }),
  ]);
  const concerns = (message: Message) => !isService || message.messagingServiceSid === sender;
  return [
    ...received.messages.filter(concerns).flatMap((message) => signOfKeyword(message)),
    ...sent.messages.filter(concerns).flatMap((message) => signOfRefusal(message)),
  ];
}

function signOfKeyword({ sid, to, body, dateCreated, messagingServiceSid }: Message): ConsentSign[] {
  const word = onlyWordOf(body) ?? "";
  // English alone: servers that keep no consents know no other words unless somebody sets them up there.
  const { STOP, START } = english.words;
  const status = STOP.includes(word) ? "opted-out" : START.includes(word) ? "opted-in" : null;
  if (status === null || dateCreated === null) return [];
  const sender = messagingServiceSid ?? to;
  return [{ sender, status, evidence: "keyword", messageSid: sid, atMs: Date.parse(dateCreated) }];
}

function signOfRefusal(message: Message): ConsentSign[] {
  const { sid, from, errorCode, messagingServiceSid } = message;
  const at = message.dateUpdated ?? message.dateCreated;
  if (errorCode !== UNSUBSCRIBED || at === null) return [];
  const sender = messagingServiceSid ?? from ?? "";
  return [{ sender, status: "opted-out", evidence: "refused-message", messageSid: sid, atMs: Date.parse(at) }];
}
