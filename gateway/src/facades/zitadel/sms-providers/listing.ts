// The list of SMS providers: by creation, newest first unless asked otherwise, a page of a thousand at the most.

import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Provider } from "../../../core/providers/provider.ts";
import type { Providers } from "../../../services/providers.ts";
import { type Caller, seesSecrets } from "../auth.ts";
import { refuse } from "../errors.ts";
import type { ListSMSProvidersResponseSchema } from "../generated/zitadel/admin_pb.js";
import type { ListQuery } from "../generated/zitadel/object_pb.js";
import { presentProvider, visibleTo } from "./present.ts";
import { refusals } from "./refusals.ts";

const limitMax = 1000;

export async function listProviders(
  providers: Providers,
  caller: Caller,
  query: ListQuery | undefined,
): Promise<MessageInitShape<typeof ListSMSProvidersResponseSchema>> {
  const { accountSid, resourceOwner } = caller;
  const { offset = 0n, limit = 0, asc = false } = query ?? {};
  if (limit > limitMax) throw refuse(refusals.limit);
  const [all, last] = await Promise.all([providers.list(accountSid), providers.lastChangeOf(accountSid)]);
  const shown = all.filter(({ kind }) => kind !== "sandbox").sort(asc ? oldestFirst : (a, b) => oldestFirst(b, a));
  const start = offset < BigInt(shown.length) ? Number(offset) : shown.length;
  const page = shown.slice(start, start + (limit || limitMax));
  const signs = seesSecrets(caller) && page.some(({ secretNames }) => secretNames.includes("signingKey"));
  const keys = signs ? await providers.signingKeysOf(accountSid) : undefined;
  return {
    details: {
      totalResult: BigInt(shown.length),
      ...(last === null ? {} : { processedSequence: last.sequence, viewTimestamp: timestampFromDate(last.at) }),
    },
    result: page.map((one) => presentProvider(visibleTo(caller, one), resourceOwner, keys?.get(one.id))),
  };
}

/** Numbers rise with time. */
function oldestFirst(one: Provider, other: Provider): number {
  const byTime = one.createdAt.getTime() - other.createdAt.getTime();
  return byTime !== 0 ? byTime : one.number < other.number ? -1 : 1;
}
