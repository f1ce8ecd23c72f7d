// An account as Twilio's Account resource, and its balance: the only place that shapes them.

import type { Account } from "../../../core/accounts/account.ts";
import type { AccountSid } from "../../../core/ids.ts";
import { rfc2822 } from "../dates.ts";
import type { JsonObject } from "../xml.ts";

/** Key of `subresource_uris` → path below the account. */
const subresources: Readonly<Record<string, string>> = {
  available_phone_numbers: "AvailablePhoneNumbers",
  calls: "Calls",
  conferences: "Conferences",
  incoming_phone_numbers: "IncomingPhoneNumbers",
  notifications: "Notifications",
  outgoing_caller_ids: "OutgoingCallerIds",
  recordings: "Recordings",
  transcriptions: "Transcriptions",
  addresses: "Addresses",
  signing_keys: "SigningKeys",
  connect_apps: "ConnectApps",
  sip: "SIP",
  authorized_connect_apps: "AuthorizedConnectApps",
  usage: "Usage",
  keys: "Keys",
  applications: "Applications",
  short_codes: "SMS/ShortCodes",
  queues: "Queues",
  messages: "Messages",
  balance: "Balance",
};

export function presentAccount(account: Account): JsonObject {
  const path = `/2010-04-01/Accounts/${account.sid}`;
  return {
    // Always the primary token, also for a caller who used the secondary one: clients "upgrade" themselves with it.
    auth_token: account.authToken,
    date_created: rfc2822(account.createdAt),
    date_updated: rfc2822(account.updatedAt),
    friendly_name: account.friendlyName,
    owner_account_sid: account.parentSid ?? account.sid,
    sid: account.sid,
    status: account.status,
    subresource_uris: Object.fromEntries(
      Object.entries(subresources).map(([key, name]) => [key, `${path}/${name}.json`]),
    ),
    type: account.type,
    uri: `${path}.json`,
  };
}

/** The gateway bills nobody: there is a balance for clients that look at it before they send. */
export function presentBalance(accountSid: AccountSid): JsonObject {
  return { account_sid: accountSid, balance: "0.00", currency: "USD" };
}
