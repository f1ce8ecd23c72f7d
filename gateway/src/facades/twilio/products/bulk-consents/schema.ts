// The items of a bulk consent request: what contacts have said towards senders, with every check that an item fails.

import { parseSender } from "../../../../core/addresses/sender.ts";
import { type Consent, consentSources, consentStatuses } from "../../../../core/consent/consent.ts";
import { readConsentDate } from "../../../../core/consent/consent-date.ts";
import type { Form } from "../../form.ts";
import {
  type CheckedItem,
  checkItems,
  choiceOf,
  fieldOf,
  type JsonItem,
  numberOf,
  readJsonItems,
  textOf,
} from "../bulk-items.ts";

const itemsMax = 25;

type ConsentItem = Omit<Consent, "accountSid">;

export function readConsents(form: Form, nowMs: number): CheckedItem<ConsentItem>[] {
  return checkItems<ConsentItem>(readJsonItems(form, "Items", itemsMax), (item, problems) =>
    readConsent(item, nowMs, problems),
  );
}

function readConsent(item: JsonItem, nowMs: number, problems: string[]): Omit<ConsentItem, "contact"> | null {
  const sender = senderOf(item);
  const status = choiceOf(item, "status", consentStatuses);
  const source = choiceOf(item, "source", consentSources);
  const consentedAt = dateOf(item, nowMs);
  if (sender === null) problems.push("INVALID_SENDER_ID");
  if (status === null) problems.push("INVALID_STATUS");
  if (source === null) problems.push("INVALID_SOURCE");
  if (consentedAt === null) problems.push("INVALID_DATE_OF_CONSENT");
  if (sender === null || status === null || source === null || consentedAt === null) return null;
  return { sender, status, source, consentedAt };
}

/** A messaging service's SID, a number in E.164, or a short code. Whether the account has it does not matter. */
function senderOf(item: JsonItem): string | null {
  const number = numberOf(item, "sender_id");
  if (number !== null) return number;
  const sender = parseSender(textOf(item, "sender_id") ?? "");
  return sender?.kind === "service" || sender?.kind === "short_code" ? sender.address : null;
}

/** When the word was given: now, if nothing is said. Null for what is no moment in the past; without a zone it is UTC. */
function dateOf(item: JsonItem, nowMs: number): Date | null {
  const given = fieldOf(item, "date_of_consent");
  if (given === undefined || given === null || given === "") return new Date(nowMs);
  return typeof given === "string" ? readConsentDate(given, nowMs) : null;
}
