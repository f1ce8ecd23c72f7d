// What else can be asked of a Twilio-compatible upstream: its account, its senders, its messages, and new credentials.
// Never throws for anything that the other side does.

import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import type { CarrierProvider } from "../carrier.ts";
import type { Connections } from "../egress/connections.ts";
import type { TwilioUpstream, UpstreamResult } from "../upstream.ts";
import { askObject, misconfigured, shapeless } from "./ask.ts";
import { checkAccount } from "./check-account.ts";
import { createCredentials } from "./credentials.ts";
import { createEndpoints, type Endpoint } from "./endpoint.ts";
import { createExchange } from "./exchange.ts";
import { findMessage, listMessages } from "./messages.ts";
import { listSenders } from "./senders.ts";

export interface TwilioUpstreamDeps {
  readonly connections: Connections;
  readonly clock: Clock;
  /** For providers without a base URL of their own; null: Twilio's own hosts. */
  readonly defaultBaseUrl: string | null;
  /** For one request; default 10 s. */
  readonly requestTimeoutMs?: number;
}

const defaultRequestTimeoutMs = 10_000;

export function createTwilioUpstream(deps: TwilioUpstreamDeps): TwilioUpstream {
  const { connections, clock, requestTimeoutMs = defaultRequestTimeoutMs } = deps;
  const endpointOf = createEndpoints(deps.defaultBaseUrl);
  const exchange = createExchange({ connections, clock, requestTimeoutMs });
  const at = async <T>(
    provider: CarrierProvider,
    ask: (endpoint: Endpoint) => Promise<UpstreamResult<T>>,
  ): Promise<UpstreamResult<T>> => {
    const endpoint = endpointOf(provider);
    return "problem" in endpoint ? misconfigured(endpoint.problem) : ask(endpoint);
  };

  return {
    check: (provider, signal) => at(provider, (endpoint) => checkAccount(exchange, endpoint, signal)),
    listSenders: (provider, signal) => at(provider, (endpoint) => listSenders(exchange, endpoint, signal)),
    findMessage: (provider, id, signal) =>
      at(provider, (endpoint) => findMessage({ exchange, clock }, endpoint, id, signal)),
    listMessages: (provider, since, onPage, signal) =>
      at(provider, (endpoint) => listMessages({ exchange, clock }, endpoint, { since, onPage, signal })),
    setInboundUrl: (provider, numberSid, url, signal) =>
      at(provider, async (endpoint) => {
        const path = `${endpoint.accountPath}/IncomingPhoneNumbers/${encodeURIComponent(numberSid)}.json`;
        const form = { SmsUrl: url, SmsMethod: "POST" };
        const result = await askObject(exchange, endpoint, { method: "POST", product: "api", path, form, signal });
        if (result.kind === "failure") return result;
        const stored = z.looseObject({ sms_url: z.string() }).safeParse(result.value.body);
        return stored.success ? { kind: "ok", value: undefined } : shapeless("a phone number", true);
      }),
    ...createCredentials({ exchange, at }),
  };
}
