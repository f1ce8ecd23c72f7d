// A word that somebody reports for a contact (the Consents API, the native API): stored with what follows from it, and its
// audit row.

import { isTollFree } from "../../core/addresses/phone-number.ts";
import type { Consent, ConsentOrigin } from "../../core/consent/consent.ts";
import { isSid, type MessagingServiceSid } from "../../core/ids.ts";
import { writeAudit } from "../../store/audit.ts";
import { optedOutAmong, optedOutPoolNumbers, recordConsent } from "../../store/consents.ts";
import type { Queryable } from "../../store/database.ts";
import { findSenderByAddress } from "../../store/senders.ts";

/** Resolves to whether anything changed. Must run in a transaction. */
export async function recordWord(
  tx: Queryable,
  consent: Consent,
  origin: ConsentOrigin & { readonly actor: string },
): Promise<boolean> {
  const { accountSid, contact, status, source, sender } = consent;
  const changed: string[] = [];
  for (const concerned of await sendersConcerned(tx, consent)) {
    // The toll-free network blocks after a STOP until the contact takes it back themselves, whatever is known here.
    const overridesStop = !isTollFree(concerned);
    if (await recordConsent(tx, { ...consent, sender: concerned }, origin, { overridesStop })) changed.push(concerned);
  }
  if (changed.length === 0) return false;
  const after = { sender, status, source, changed };
  const { actor } = origin;
  await writeAudit(tx, { accountSid, actor, action: "consent.recorded", subject: contact, before: null, after });
  return true;
}

/**
 * Towards whom a word counts. An opt-out: only towards the sender it names. An opt-in also takes back what else stands
 * against messages from that sender, as a START does. In the order in which keywords lock them: addresses, then the service.
 */
async function sendersConcerned(tx: Queryable, { accountSid, sender, contact, status }: Consent): Promise<string[]> {
  if (status === "opt-out") return [sender];
  if (isSid(sender, "MG")) {
    const numbers = await optedOutPoolNumbers(tx, accountSid, sender as MessagingServiceSid, contact);
    return [...numbers, sender];
  }
  const own = isTollFree(sender) ? null : await findSenderByAddress(tx, accountSid, sender);
  const service = own?.messagingServiceSid ?? null;
  if (service === null) return [sender];
  const [optedOut] = await optedOutAmong(tx, [{ accountSid, sender: service, contact }]);
  return optedOut === true ? [sender, service] : [sender];
}
