// What a restricted API key needs for each call: one table, path → resource; the verb follows from the method. A path that
// is not in the table takes no restricted key at all. Names are Twilio's own where they are known.

import type { FastifyRequest } from "fastify";
import { isAllowed, type Permission, type Resource, type Verb } from "../../core/access/policy.ts";
import { GatewayError } from "../../core/errors.ts";
import type { TwilioCall } from "./call.ts";

type Verbs = Readonly<Record<string, Verb>>;
interface Needed {
  readonly resource: Resource;
  readonly verbs: Verbs;
}

const inCollection: Verbs = { GET: "list", POST: "create", PATCH: "update", DELETE: "delete" };
const ofItem: Verbs = { GET: "read", POST: "update", DELETE: "delete" };

const list = (resource: Resource): Needed => ({ resource, verbs: inCollection });
const item = (resource: Resource): Needed => ({ resource, verbs: ofItem });
/** One thing of an account, without a SID. */
const single = (resource: Resource): Needed => ({ resource, verbs: { ...inCollection, GET: "read" } });
/** Accounts, keys and auth tokens: no API key may, whatever its policy says; the routes refuse it. */
const main = null;

const account = "/2010-04-01/Accounts/:";
const service = "/v1/Services/:";

const numberTypes = ["Local", "Mobile", "TollFree", "National", "Voip", "SharedCost", "MachineToMachine"];

function ofEachNumberType(path: string, needed: Needed): Record<string, Needed> {
  return Object.fromEntries(numberTypes.map((type) => [`${path}/${type}`, needed]));
}

/** By path, with `:` for each parameter and without a format's suffix. */
const needs: Readonly<Record<string, Needed | typeof main>> = {
  "/2010-04-01/Accounts": main,
  [account]: main,
  [`${account}/Keys`]: main,
  [`${account}/Keys/:`]: main,
  [`${account}/SigningKeys`]: main,
  [`${account}/SigningKeys/:`]: main,
  [`${account}/Balance`]: single("/twilio/billing/balance"),
  [`${account}/Messages`]: list("/twilio/messaging/messages"),
  [`${account}/Messages/:`]: item("/twilio/messaging/messages"),
  [`${account}/Messages/:/Media`]: list("/twilio/messaging/messages.media"),
  [`${account}/Messages/:/Media/:`]: item("/twilio/messaging/messages.media"),
  [`${account}/Messages/:/Feedback`]: list("/twilio/messaging/messages.feedback"),
  [`${account}/IncomingPhoneNumbers`]: list("/twilio/numbers/incoming-phone-numbers"),
  ...ofEachNumberType(`${account}/IncomingPhoneNumbers`, list("/twilio/numbers/incoming-phone-numbers")),
  [`${account}/IncomingPhoneNumbers/:`]: item("/twilio/numbers/incoming-phone-numbers"),
  [`${account}/AvailablePhoneNumbers`]: list("/twilio/numbers/available-phone-numbers"),
  [`${account}/AvailablePhoneNumbers/:`]: item("/twilio/numbers/available-phone-numbers"),
  ...ofEachNumberType(`${account}/AvailablePhoneNumbers/:`, list("/twilio/numbers/available-phone-numbers")),
  [`${account}/SMS/ShortCodes`]: list("/twilio/messaging/short-codes"),
  [`${account}/SMS/ShortCodes/:`]: item("/twilio/messaging/short-codes"),
  [`${account}/Applications`]: list("/twilio/voice/applications"),
  [`${account}/Applications/:`]: item("/twilio/voice/applications"),

  "/v1/Services": list("/twilio/messaging/services"),
  "/v1/Services/Usecases": list("/twilio/messaging/services.usecases"),
  [service]: item("/twilio/messaging/services"),
  [`${service}/PhoneNumbers`]: list("/twilio/messaging/services.phonenumbers"),
  [`${service}/PhoneNumbers/:`]: item("/twilio/messaging/services.phonenumbers"),
  [`${service}/ShortCodes`]: list("/twilio/messaging/services.shortcodes"),
  [`${service}/ShortCodes/:`]: item("/twilio/messaging/services.shortcodes"),
  [`${service}/AlphaSenders`]: list("/twilio/messaging/services.alphasenders"),
  [`${service}/AlphaSenders/:`]: item("/twilio/messaging/services.alphasenders"),
  [`${service}/DestinationAlphaSenders`]: list("/twilio/messaging/services.destination-alpha-senders"),
  [`${service}/DestinationAlphaSenders/:`]: item("/twilio/messaging/services.destination-alpha-senders"),
  [`${service}/ChannelSenders`]: list("/twilio/messaging/services.channelsenders"),
  [`${service}/ChannelSenders/:`]: item("/twilio/messaging/services.channelsenders"),

  "/v1/Keys": main,
  "/v1/Keys/:": main,
  "/v1/AuthTokens/Promote": main,
  "/v1/AuthTokens/Secondary": main,
  "/v1/Credentials/AWS": list("/twilio/accounts/credentials.aws"),
  "/v1/Credentials/AWS/:": item("/twilio/accounts/credentials.aws"),
  "/v1/Credentials/PublicKeys": list("/twilio/accounts/credentials.public-keys"),
  "/v1/Credentials/PublicKeys/:": item("/twilio/accounts/credentials.public-keys"),
  "/v1/Credentials/:": main,
  "/v1/Credentials/:/:": main,
  "/v1/Consents/Bulk": list("/twilio/messaging/consents"),
  "/v1/Contacts/Bulk": list("/twilio/messaging/contacts"),
  "/v1/SafeList/Numbers": single("/twilio/verify/safelist"),
  "/v1/Messaging/GeoPermissions": single("/twilio/messaging/geo-permissions"),
};

/** The permission that a route needs, `main` for one that takes no API key; undefined: the table does not know it. */
export function neededFor(route: string, method: string): Permission | typeof main | undefined {
  const path = route.replace(/\.(json|xml|csv)$/, "").replace(/:[A-Za-z]+/g, ":");
  const needed = Object.hasOwn(needs, path) ? needs[path] : undefined;
  if (needed === undefined || needed === main) return needed;
  const verb = verbOf(needed, method);
  return verb && `${needed.resource}/${verb}`;
}

function verbOf({ verbs }: Needed, method: string): Verb | undefined {
  const name = method === "HEAD" ? "GET" : method;
  return Object.hasOwn(verbs, name) ? verbs[name] : undefined;
}

/** Throws `permission-missing` (its name in `permission`), or `unauthenticated` where no API key may do it. */
export function checkPermission(request: FastifyRequest, { principal }: TwilioCall): void {
  const policy = principal?.policy;
  const { url: route } = request.routeOptions;
  if (policy === undefined || route === undefined || request.is404) return;
  const needed = neededFor(route, request.method);
  if (!needed) throw new GatewayError("unauthenticated", "Restricted API keys cannot do this.");
  if (isAllowed(policy, needed)) return;
  throw new GatewayError("permission-missing", "The API key's policy does not allow this.", {
    values: { permission: needed.slice(1) },
  });
}
