// Wires the carriers with the sockets that they go out on: one policy of addresses for all, pools of each one's own.

import type { Logger } from "pino";
import type { Carrier, CarrierProvider, Handover, ProviderKind } from "../carriers/carrier.ts";
import { createAddressCheck } from "../carriers/egress/addresses.ts";
import { createConnections, systemResolver } from "../carriers/egress/connections.ts";
import { createExchange } from "../carriers/http/exchange.ts";
import { createHttpCarrier } from "../carriers/http/http.ts";
import { createTokens } from "../carriers/http/tokens.ts";
import { createHttpUpstream, type HttpUpstream } from "../carriers/http/upstream.ts";
import { createTwilioCarrier } from "../carriers/twilio/twilio-carrier.ts";
import { createTwilioUpstream } from "../carriers/twilio/twilio-upstream.ts";
import type { TwilioUpstream, Upstream } from "../carriers/upstream.ts";
import type { Config } from "../config/load.ts";
import type { Clock } from "../core/clock.ts";
import { partialService, type Service } from "../services/service.ts";
import { matchedCarrierMessages } from "../store/carrier-messages.ts";
import type { OpenedDatabase } from "./open-database.ts";

export interface CarriersDeps {
  readonly config: Config;
  readonly database: OpenedDatabase;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sandbox: Carrier;
  /** Where an upstream is to report on a hand-over; null: nowhere. */
  readonly statusCallbackUrl: (provider: CarrierProvider, handover: Handover) => string | null;
}

export interface Carriers {
  readonly carriers: Readonly<Record<ProviderKind, Carrier>>;
  readonly upstreams: Readonly<Partial<Record<ProviderKind, Upstream>>> & {
    readonly twilio: TwilioUpstream;
    readonly http: HttpUpstream;
  };
  /** Closes their connections when it is stopped. */
  readonly service: Service;
}

/** More than any provider may have under way by default: one slow upstream account must not hold up another's. */
const connectionsPerOrigin = 500;
/** Below what servers commonly keep: a request on a connection that is just being closed has an unknown outcome. */
const keepAliveMs = 4_000;

export function createCarriers({ config, database, clock, log, sandbox, statusCallbackUrl }: CarriersDeps): Carriers {
  const policy = { allow: config.egressAllow, allowLoopback: config.loopbackOnly };
  const connections = createConnections({
    isAllowed: createAddressCheck(policy),
    resolver: systemResolver,
    connectionsPerOrigin,
    keepAliveMs,
    dropUnsent: true,
  });
  const defaultBaseUrl = config.twilioBaseUrl;
  const twilio = createTwilioCarrier({
    ...{ connections, clock, log, defaultBaseUrl, statusCallbackUrl },
    isMatched: ({ id: providerId }, { accountSid, messageSid, attempt }, ids) =>
      matchedCarrierMessages(database.queueDb, { accountSid, messageSid, attempt, providerId }, ids),
    aloneSinceMs: database.alone ? clock.nowMs() : null,
  });
  const exchange = createExchange(policy);
  const tokens = createTokens({ exchange, clock });
  return {
    carriers: { sandbox, twilio, http: createHttpCarrier({ exchange, tokens, clock }) },
    upstreams: {
      twilio: createTwilioUpstream({ connections, clock, defaultBaseUrl }),
      http: createHttpUpstream({ exchange, tokens, clock }),
    },
    service: partialService("carriers", {
      stop: async () => {
        await Promise.all([connections.close(), exchange.close()]);
      },
    }),
  };
}
