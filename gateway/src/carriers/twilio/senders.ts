// What an upstream account has to send from: its numbers, short codes and messaging services. A product that a server does
// not have is an empty list.

import { z } from "zod";
import { shown } from "../shown.ts";
import type { UpstreamResult, UpstreamSender } from "../upstream.ts";
import { upstreamId } from "./answer.ts";
import { askPages, type List, lacksProduct } from "./ask.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Exchange } from "./exchange.ts";

const sid = upstreamId;
const name = z
  .string()
  .nullish()
  .transform((text) => shown(text ?? "", 200));
const capability = /^[a-z][\w-]{0,30}$/i;

const phoneNumber = z.looseObject({
  sid,
  phone_number: z.string().regex(/^\+\d{3,15}$/),
  friendly_name: name,
  capabilities: z.record(z.string(), z.unknown()).nullish().catch(null),
});
const shortCode = z.looseObject({ sid, short_code: z.coerce.string().regex(/^\d{3,8}$/), friendly_name: name });
const messagingService = z.looseObject({ sid, friendly_name: name });

const perKindMax = 10_000;
// Small enough for a whole page to fit into the limit of an answer.
const pageSize = 200;

export async function listSenders(
  exchange: Exchange,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<UpstreamResult<readonly UpstreamSender[]>> {
  const account = endpoint.accountPath;
  const common = { query: { PageSize: String(pageSize) }, maxPages: perKindMax / pageSize, signal } as const;
  const numbers = await all(
    exchange,
    endpoint,
    {
      ...common,
      product: "api",
      path: `${account}/IncomingPhoneNumbers.json`,
      key: "incoming_phone_numbers",
      item: phoneNumber,
    },
    ({ sid, phone_number: address, friendly_name: name, capabilities }) => {
      const able = Object.entries(capabilities ?? {}).filter(([, has]) => has === true || has === "true");
      const named = able.map(([each]) => each.toLowerCase()).filter((each) => capability.test(each));
      return { sid, kind: "number", address, name, capabilities: named.slice(0, 20) };
    },
  );
  if (numbers.kind === "failure") return numbers;
  const shortCodes = await all(
    exchange,
    endpoint,
    { ...common, product: "api", path: `${account}/SMS/ShortCodes.json`, key: "short_codes", item: shortCode },
    ({ sid, short_code: address, friendly_name: name }) => ({
      sid,
      kind: "short_code",
      address,
      name,
      capabilities: ["sms"],
    }),
  );
  if (shortCodes.kind === "failure") return shortCodes;
  const services = await all(
    exchange,
    endpoint,
    { ...common, product: "messaging", path: "/v1/Services", key: "services", item: messagingService },
    ({ sid, friendly_name: name }) => ({ sid, kind: "messaging_service", address: sid, name, capabilities: ["sms"] }),
  );
  if (services.kind === "failure") return services;
  return { kind: "ok", value: [...numbers.value, ...shortCodes.value, ...services.value] };
}

async function all<T>(
  exchange: Exchange,
  endpoint: Endpoint,
  list: List<T>,
  senderOf: (item: T) => UpstreamSender,
): Promise<UpstreamResult<UpstreamSender[]>> {
  const senders: UpstreamSender[] = [];
  const result = await askPages(exchange, endpoint, list, ({ items }) => {
    senders.push(...items.map(senderOf));
    return senders.length < perKindMax;
  });
  if (result.kind === "ok") return { kind: "ok", value: senders.slice(0, perKindMax) };
  return lacksProduct(endpoint, result) ? { kind: "ok", value: [] } : result;
}
