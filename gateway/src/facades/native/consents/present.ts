// Consents as the native API shows them, as JSON and as lines of CSV.

import type { z } from "zod";
import type { Consent } from "../../../core/consent/consent.ts";
import { uuidTimeMs } from "../../../core/ids.ts";
import type { ConsentChange } from "../../../store/consent-lists.ts";
import { csvCell } from "../csv.ts";
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

/** The import takes an apostrophe that made a text safe off again. */
export function presentLine({ contact, sender, status, source, consentedAt }: Consent): string {
  return `${csvCell(contact)},${csvCell(sender)},${status},${source},${consentedAt.toISOString()}\r\n`;
}
