// Inbound messages of upstreams: `POST|GET /hooks/twilio/{provider}/inbound` and, with the MAC that this gateway gave out,
// `…/inbound/{mac}`. Where the provider has an auth token the signature must be good; a provider that has an API key
// only is called at the URL with the MAC. A message is answered once it is stored, and stored once; the answer is an
// empty TwiML document, since replies go out as messages of their own.

import type { FastifyInstance, FastifyRequest } from "fastify";
import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import type { UpstreamUrls } from "../../../core/callbacks/upstream-url.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { Uuid } from "../../../core/ids.ts";
import type { ProviderWithSecrets } from "../../../core/providers/provider.ts";
import type { UpstreamInbound } from "../../../services/inbound/upstream-inbound.ts";
import type { CalledProviders } from "../../../services/upstream-reports/called-providers.ts";
import { type HookCall, readCall } from "./fields.ts";
import { readInbound } from "./inbound-schema.ts";
import { noProvider, type ProviderPath, providerIdOf } from "./provider-path.ts";
import { badSignature, isSigned, signatureOf, tokensOf } from "./signed-call.ts";

export interface InboundHookDeps {
  readonly log: Logger;
  readonly calledProviders: CalledProviders;
  readonly upstreamUrls: UpstreamUrls;
  readonly upstreamInbound: UpstreamInbound;
  /** Providers whose refused calls the log has told of lately: anybody may call as often as they like. */
  readonly told: LRUCache<Uuid, true>;
}

interface InboundPath extends ProviderPath {
  readonly mac?: string;
}

const tellEveryMs = 60_000;
const emptyTwiml = '<?xml version="1.0" encoding="UTF-8"?>\n<Response/>\n';

export function registerInboundHook(app: FastifyInstance, given: Omit<InboundHookDeps, "told">): void {
  const deps: InboundHookDeps = { ...given, told: new LRUCache({ max: 1000, ttl: tellEveryMs }) };
  for (const url of ["/twilio/:provider/inbound", "/twilio/:provider/inbound/:mac"]) {
    app.route<{ Params: InboundPath }>({
      method: ["GET", "POST"],
      url,
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        const call = readCall(request);
        const provider = await provenProvider(deps, request, call);
        await deps.upstreamInbound.take(provider, readInbound(call, request.headers["i-twilio-idempotency-token"]));
        return reply.header("content-type", "text/xml; charset=utf-8").send(emptyTwiml);
      },
    });
  }
}

/** The provider that is called for. Throws `forbidden` unless the call proves that it comes from its upstream. */
async function provenProvider(
  { log, calledProviders, upstreamUrls, told }: InboundHookDeps,
  request: FastifyRequest<{ Params: InboundPath }>,
  call: HookCall,
): Promise<ProviderWithSecrets> {
  const id = providerIdOf(request.params);
  const isProven = (provider: ProviderWithSecrets) => proves(upstreamUrls, provider, request, call);
  const found = await calledProviders.find("twilio", id);
  if (found.length === 0) throw noProvider();
  const provider = found.find(isProven) ?? (await calledProviders.findNow("twilio", id)).find(isProven);
  if (provider !== undefined) return provider;
  const refusal = refusalOf(found, request);
  if (!told.has(id)) log.warn({ providerId: id, ip: request.ip }, `an inbound message was refused: ${refusal.message}`);
  told.set(id, true);
  throw refusal;
}

function proves(
  urls: UpstreamUrls,
  provider: ProviderWithSecrets,
  request: FastifyRequest<{ Params: InboundPath }>,
  call: HookCall,
): boolean {
  const { mac } = request.params;
  if (mac !== undefined && !urls.isInboundMac(provider, mac)) return false;
  if (tokensOf(provider).length > 0) return isSigned(urls, provider, request, call);
  return mac !== undefined;
}

function refusalOf(found: readonly ProviderWithSecrets[], request: FastifyRequest): GatewayError {
  if (found.every((provider) => tokensOf(provider).length === 0)) {
    return new GatewayError(
      "forbidden",
      "This provider has an API key only, so signatures cannot be checked. Have its numbers call the URL that POST " +
        "/trunkline/v1/providers/{id}/inbound sets, or give the provider its auth token.",
    );
  }
  if (signatureOf(request) === null) {
    return new GatewayError(
      "forbidden",
      "The request has no X-Twilio-Signature: only the provider's upstream may call.",
    );
  }
  return badSignature();
}
