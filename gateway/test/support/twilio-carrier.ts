// The Twilio carrier and upstream for tests, with connections that may reach the loopback, and providers for them.

import type { CarrierProvider, Handover } from "../../src/carriers/carrier.ts";
import { createAddressCheck } from "../../src/carriers/egress/addresses.ts";
import {
  type Connections,
  createConnections,
  type Resolver,
  systemResolver,
} from "../../src/carriers/egress/connections.ts";
import { createTwilioCarrier, type TwilioCarrierDeps } from "../../src/carriers/twilio/twilio-carrier.ts";
import { createTwilioUpstream } from "../../src/carriers/twilio/twilio-upstream.ts";
import { systemClock } from "../../src/core/clock.ts";
import { type AccountSid, type MessageSid, newUuid, sidOf } from "../../src/core/ids.ts";
import { silentLog } from "./sandbox.ts";

const testAccountSid = "AC0123456789abcdef0123456789abcdef" as AccountSid;
export const testSecret = "0123456789abcdefsecret";

export interface TestCarrierOptions extends Partial<TwilioCarrierDeps> {
  readonly allowLoopback?: boolean;
  readonly connectionsPerOrigin?: number;
  readonly resolver?: Resolver;
  /** PEM of a certificate that is trusted. */
  readonly certificate?: string;
}

export function testTwilio({
  allowLoopback = true,
  connectionsPerOrigin = 32,
  resolver = systemResolver,
  certificate,
  ...options
}: TestCarrierOptions = {}) {
  const connections: Connections = createConnections({
    isAllowed: createAddressCheck({ allow: [], allowLoopback }),
    resolver,
    connectionsPerOrigin,
    keepAliveMs: 4000,
    dropUnsent: true,
  });
  const deps: TwilioCarrierDeps = {
    connections: certificate === undefined ? connections : trusting(connections, certificate),
    clock: systemClock,
    log: silentLog,
    defaultBaseUrl: null,
    statusCallbackUrl: () => null,
    isMatched: async () => new Set(),
    aloneSinceMs: null,
    times: { settleMs: 0, abandonedAfterMs: 0 },
    ...options,
  };
  return { carrier: createTwilioCarrier(deps), upstream: createTwilioUpstream(deps), close: () => connections.close() };
}

export function twilioProvider(config: Record<string, unknown>, secrets?: Record<string, string>): CarrierProvider {
  return {
    accountSid: testAccountSid,
    id: newUuid(),
    kind: "twilio",
    name: "upstream",
    config: { accountSid: testAccountSid, ...config },
    secrets: secrets ?? { authToken: testSecret },
  };
}

export function twilioHandover(parts: Partial<Handover> = {}): Handover {
  const id = newUuid();
  return {
    accountSid: testAccountSid,
    messageSid: sidOf<MessageSid>("SM", id),
    attempt: 1,
    from: "+12025550100",
    to: "+12025550123",
    body: `Hello ${id}`,
    mediaUrls: [],
    numSegments: 1,
    startedAt: new Date(),
    sendUntilMs: Number.POSITIVE_INFINITY,
    ...parts,
  };
}

function trusting(connections: Connections, certificate: string): Connections {
  return { ...connections, agentFor: (settings) => connections.agentFor({ ...settings, certificate }) };
}
