// Points the numbers that a provider's upstream has at this gateway, so that what is written to them arrives here. Only
// when a person asks for it: the numbers may be in use elsewhere. Each number succeeds or fails by itself.

import type { TwilioUpstream, UpstreamSender } from "../../carriers/upstream.ts";
import type { UpstreamUrls } from "../../core/callbacks/upstream-url.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import { GatewayError } from "../../core/errors.ts";
import type { AccountSid } from "../../core/ids.ts";
import type { ProviderWithSecrets } from "../../core/providers/provider.ts";
import { writeAudit } from "../../store/audit.ts";
import type { Database } from "../../store/database.ts";
import { findProvider } from "../../store/providers.ts";
import { listSenders } from "../../store/senders.ts";

export interface PointedNumber {
  readonly number: string;
  /** `unknown`: the upstream has no such number. */
  readonly outcome: "pointed" | "unknown" | "failed";
  /** Why not; null: it was pointed. */
  readonly reason: string | null;
}

export interface PointedNumbers {
  /** What the numbers call now. */
  readonly url: string;
  readonly numbers: readonly PointedNumber[];
}

export interface PointNumbers {
  /**
   * `numbers`: E.164; null: those of the upstream that are senders of the account through this provider. Rejects with
   * `not-found` for an unknown provider, `invalid-parameter` for one whose upstream cannot call here, and
   * `upstream-rejected` when the upstream does not tell which numbers it has.
   */
  point(
    caller: { readonly accountSid: AccountSid; readonly actor: string },
    providerId: string,
    numbers: readonly string[] | null,
  ): Promise<PointedNumbers>;
}

export interface PointNumbersDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly upstreamUrls: UpstreamUrls;
  readonly upstream: Pick<TwilioUpstream, "listSenders" | "setInboundUrl">;
}

const atOnce = 4;
const totalMs = 25_000;

export function createPointNumbers(deps: PointNumbersDeps): PointNumbers {
  const { db, sealer, upstreamUrls, upstream } = deps;

  async function pointOne(
    provider: ProviderWithSecrets,
    number: string,
    known: ReadonlyMap<string, UpstreamSender>,
    { url, signal }: { readonly url: string; readonly signal: AbortSignal },
  ): Promise<PointedNumber> {
    const sender = known.get(number);
    if (sender === undefined) return { number, outcome: "unknown", reason: "the upstream account has no such number" };
    const result = await upstream.setInboundUrl(provider, sender.sid, url, signal);
    if (result.kind === "ok") return { number, outcome: "pointed", reason: null };
    return { number, outcome: "failed", reason: result.reason };
  }

  return {
    async point({ accountSid, actor }, providerId, wanted) {
      const provider = await findProvider(db, sealer, accountSid, providerId);
      if (provider === null) throw new GatewayError("not-found", `The account has no provider ${providerId}.`);
      const url = urlFor(upstreamUrls, provider);
      const signal = AbortSignal.timeout(totalMs);
      const listed = await upstream.listSenders(provider, signal);
      if (listed.kind === "failure") {
        const reason = `The upstream did not tell which numbers it has: ${listed.reason}`;
        throw new GatewayError("upstream-rejected", reason, {
          values: { upstreamCode: String(listed.code ?? ""), reason: listed.reason },
        });
      }
      const known = new Map(
        listed.value.flatMap((sender) => (sender.kind === "number" ? [[sender.address, sender] as const] : [])),
      );
      const numbers = wanted ?? (await ownNumbers(deps, provider)).filter((number) => known.has(number));
      const results: PointedNumber[] = [];
      for (let start = 0; start < numbers.length; start += atOnce) {
        const some = numbers.slice(start, start + atOnce);
        results.push(...(await Promise.all(some.map((number) => pointOne(provider, number, known, { url, signal })))));
      }
      const pointed = results.flatMap(({ number, outcome }) => (outcome === "pointed" ? [number] : []));
      if (pointed.length > 0) {
        const entry = { action: "provider.numbers-pointed", subject: provider.id, before: null };
        await writeAudit(db, { accountSid, actor, ...entry, after: { numbers: pointed } });
      }
      return { url, numbers: results };
    },
  };
}

function urlFor(urls: UpstreamUrls, provider: ProviderWithSecrets): string {
  if (provider.kind !== "twilio") {
    throw new GatewayError("invalid-parameter", "Only the numbers of providers of kind twilio can be pointed here.");
  }
  const url = urls.inboundUrl(provider);
  if (url !== null) return url;
  throw new GatewayError(
    "invalid-parameter",
    "The upstream cannot reach this gateway: set TRUNKLINE_PUBLIC_URL to the URL under which it can.",
  );
}

async function ownNumbers({ db }: PointNumbersDeps, { accountSid, id }: ProviderWithSecrets): Promise<string[]> {
  const senders = await listSenders(db, accountSid);
  return senders.flatMap(({ providerId, kind, address }) => (providerId === id && kind === "number" ? [address] : []));
}
