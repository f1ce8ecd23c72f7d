// Which consents a request is about.

import { parsePhoneNumber } from "../../../core/addresses/phone-number.ts";
import { readSender } from "../../../services/consent/import-file.ts";
import type { ConsentFilter } from "../../../store/consent-lists.ts";

type GivenFilter = { readonly [Key in keyof ConsentFilter]: ConsentFilter[Key] | undefined };

/** Filters find what is stored under another spelling of the same address, too; what is no address finds nothing. */
export function filterOf({ contact, sender, status }: GivenFilter): ConsentFilter {
  return {
    ...(contact === undefined ? {} : { contact: parsePhoneNumber(contact)?.e164 ?? contact }),
    ...(sender === undefined ? {} : { sender: readSender(sender) ?? sender }),
    ...(status === undefined ? {} : { status }),
  };
}
