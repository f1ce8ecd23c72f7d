// What the account sends from: its phone numbers and its messaging services.

import type { Connection } from "./connection.ts";
import { isObject, textOf } from "./json.ts";
import { pagesOf } from "./paging.ts";

export interface PhoneNumber {
  readonly sid: string;
  /** E.164. */
  readonly phoneNumber: string;
  readonly friendlyName: string;
  readonly sms: boolean;
  readonly mms: boolean;
}

export interface MessagingService {
  readonly sid: string;
  readonly friendlyName: string;
}

const MOST = 1000;

/** At most a thousand. */
export async function listPhoneNumbers(connection: Connection): Promise<PhoneNumber[]> {
  const numbers: PhoneNumber[] = [];
  const path = `/2010-04-01/Accounts/${connection.accountSid}/IncomingPhoneNumbers.json`;
  const request = { path, key: "incoming_phone_numbers", query: [["PageSize", "1000"]] } as const;
  for await (const { items } of pagesOf(connection, request)) {
    for (const item of items) {
      const capabilities = isObject(item["capabilities"]) ? item["capabilities"] : {};
      numbers.push({
        sid: textOf(item, "sid"),
        phoneNumber: textOf(item, "phone_number"),
        friendlyName: textOf(item, "friendly_name"),
        sms: capabilities["sms"] === true,
        mms: capabilities["mms"] === true,
      });
    }
    if (numbers.length >= MOST) break;
  }
  return numbers.slice(0, MOST);
}

/** At most a thousand. */
export async function listMessagingServices(connection: Connection): Promise<MessagingService[]> {
  const services: MessagingService[] = [];
  const request = {
    product: "messaging",
    path: "/v1/Services",
    key: "services",
    query: [["PageSize", "1000"]],
  } as const;
  for await (const { items } of pagesOf(connection, request)) {
    services.push(...items.map((item) => ({ sid: textOf(item, "sid"), friendlyName: textOf(item, "friendly_name") })));
    if (services.length >= MOST) break;
  }
  return services.slice(0, MOST);
}
