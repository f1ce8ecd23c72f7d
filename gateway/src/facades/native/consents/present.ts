// Consents as the native API shows them, as JSON and as lines of CSV.

import type { z } from "zod";
import type { Consent } from "../../../core/consent/consent.ts";
import { uuidTimeMs } from "../../../core/ids.ts";
import type { ConsentChange } from "../../../store/consent-lists.ts";
import type { consent, historyReply } from "./schema.ts";

export function presentConsent({ contact, sender, status, source, consentedAt }: Consent): z.output<typeof consent> {
  return { contact, sender, status, source, consentedAt: consentedAt.toISOString() };
}

export function presentChange(change: ConsentChange): z.output<typeof historyReply>["history"][number] {
  const { id, via, actor, reference } = change;
  return {
    id,
    recordedAt: new Date(uuidTimeMs(id)).toISOString(),
    ...presentConsent(change),
    via,
    actor,
    messageSid: via === "keyword" ? reference : null,
    importId: via === "import" ? reference : null,
  };
}

export const csvHeader = "contact,sender,status,source,consented_at\r\n";

/** One line (RFC 4180). */
export function presentLine({ contact, sender, status, source, consentedAt }: Consent): string {
  return `${cell(contact)},${cell(sender)},${status},${source},${consentedAt.toISOString()}\r\n`;
}

const phoneNumber = /^\+\d{1,15}$/;

/** A text that a spreadsheet would run as a formula gets an apostrophe, which the import takes off; numbers are none. */
function cell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) && !phoneNumber.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
