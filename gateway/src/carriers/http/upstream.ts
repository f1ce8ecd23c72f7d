// What can be said of an HTTP provider without sending a message: there is no request that any server is sure to take as
// harmless. So: are the settings usable, is the address allowed and reachable, is there an access token to be had?

import type { Clock } from "../../core/clock.ts";
import { type MessageSid, sidOf } from "../../core/ids.ts";
import type { HttpSettings } from "../../core/providers/settings.ts";
import type { CarrierProvider, Handover } from "../carrier.ts";
import type { EgressFailure } from "../egress/failure.ts";
import { shown } from "../shown.ts";
import type { Upstream, UpstreamFailure, UpstreamResult } from "../upstream.ts";
import type { Exchange } from "./exchange.ts";
import { certificateFor } from "./http.ts";
import { buildRequest, createSettingsReader, type Outgoing } from "./outgoing.ts";
import type { ClientAuthenticationMethod } from "./token-request.ts";
import type { AccessToken, Tokens } from "./tokens.ts";

export interface HttpUpstream extends Upstream {
  /** How the token endpoint wants the client to authenticate, found by trying; null: the provider uses no OAUTH2. */
  findClientAuthentication(
    provider: CarrierProvider,
    signal: AbortSignal,
  ): Promise<UpstreamResult<ClientAuthenticationMethod | null>>;
}

export interface HttpUpstreamDeps {
  readonly exchange: Exchange;
  readonly tokens: Tokens;
  readonly clock: Clock;
}

export function createHttpUpstream({ exchange, tokens, clock }: HttpUpstreamDeps): HttpUpstream {
  const settingsOf = createSettingsReader();

  function prepare(provider: CarrierProvider): Prepared | UpstreamFailure {
    const settings = settingsOf(provider);
    if ("problem" in settings) return misconfigured(settings.problem);
    const request = buildRequest(provider, settings, sample(provider), clock);
    return "problem" in request ? misconfigured(request.problem) : { provider, settings, request };
  }

  /** Never a kept token: what is asked is whether the credentials are good now. Null: no OAUTH2. */
  async function fetchToken(
    { provider, settings, request }: Prepared,
    signal: AbortSignal,
  ): Promise<AccessToken | UpstreamFailure | null> {
    const oauth = settings.authentication;
    if (oauth?.method !== "OAUTH2") return null;
    const certificate = certificateFor(oauth, request);
    const token = await tokens.get({ provider, oauth, certificate }, signal, true);
    if (token.kind === "token") return token;
    return { kind: "failure", state: token.kind, code: token.code, reason: token.reason, maybeDone: false };
  }

  return {
    async check(provider, signal) {
      const prepared = prepare(provider);
      if ("kind" in prepared) return prepared;
      const failure = await exchange.tryConnect(prepared.request, signal);
      if (failure !== null) return unconnected(failure);
      const token = await fetchToken(prepared, signal);
      if (token?.kind === "failure") return token;
      const warnings = warningsOf(prepared);
      return { kind: "ok", value: { friendlyName: null, status: null, type: null, warnings } };
    },
    async listSenders() {
      return { kind: "ok", value: [] };
    },
    async findClientAuthentication(provider, signal) {
      const prepared = prepare(provider);
      if ("kind" in prepared) return prepared;
      const token = await fetchToken(prepared, signal);
      if (token?.kind === "failure") return token;
      return { kind: "ok", value: token?.clientAuthenticationMethod ?? null };
    },
  };
}

interface Prepared {
  readonly provider: CarrierProvider;
  readonly settings: HttpSettings;
  readonly request: Outgoing;
}

/** Stands for a message where a template is tried out. Never sent. */
function sample({ accountSid, id }: CarrierProvider): Handover {
  return {
    accountSid,
    messageSid: sidOf<MessageSid>("SM", id),
    attempt: 1,
    from: "+12025550100",
    to: "+12025550123",
    body: "Your code is 123456",
    mediaUrls: [],
    numSegments: 1,
    startedAt: new Date(0),
    sendUntilMs: 0,
  };
}

function warningsOf({ settings, request }: Prepared): string[] {
  const { authentication } = settings;
  const urls = authentication?.method === "OAUTH2" ? [request.url, authentication.authUrl] : [request.url];
  return urls.flatMap((text) => {
    const url = URL.parse(text);
    if (url === null || url.protocol !== "http:" || isLoopback(url.hostname)) return [];
    return [`credentials and messages go to ${url.host} unencrypted: use https`];
  });
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

function unconnected({ reason, errorCode, detail }: EgressFailure): UpstreamFailure {
  const state = reason === "blocked-address" || reason === "bad-url" ? "misconfigured" : "unreachable";
  // It may quote what the other side has said of itself (the names in its certificate).
  return { kind: "failure", state, code: errorCode, reason: shown(detail, 300), maybeDone: false };
}

function misconfigured(reason: string): UpstreamFailure {
  return { kind: "failure", state: "misconfigured", code: null, reason, maybeDone: false };
}
