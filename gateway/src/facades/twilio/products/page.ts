// Lists of the product APIs: the page as asked for, and the answer with `meta` and the array.

import type { FastifyReply, FastifyRequest } from "fastify";
import { uuidOf } from "../../../core/ids.ts";
import type { Page, PageQuery } from "../../../store/keyset-page.ts";
import { publicUrlOf } from "../../listener.ts";
import { pathOf } from "../call.ts";
import { type EchoedFilters, type PageRequest, presentMeta } from "../paging.ts";
import { sendJson } from "../resource.ts";
import type { JsonObject } from "../xml.ts";

/** A page request as the store takes it. */
export function pageQueryOf({ pageSize, token }: PageRequest): PageQuery {
  return { limit: pageSize, cursor: token === null ? null : { direction: token.direction, id: uuidOf(token.sid) } };
}

export interface ListAnswer<Item> {
  /** The name of the array: `services`. */
  readonly key: string;
  readonly page: PageRequest;
  /** Filters that were given, in the documented order. */
  readonly filters?: EchoedFilters;
  readonly result: Page<Item>;
  /** Its `sid` is what page tokens are made of. */
  readonly present: (item: Item) => JsonObject & { readonly sid: string };
}

/** Answers with a page of a list. */
export function sendPage<Item>(request: FastifyRequest, reply: FastifyReply, list: ListAnswer<Item>): FastifyReply {
  const { key, page, filters = [], result } = list;
  const items = result.items.map(list.present);
  const { hasOlder, hasNewer } = result;
  const url = publicUrlOf(request) + pathOf(request);
  const meta = presentMeta({ url, key, filters, page }, { sids: items.map(({ sid }) => sid), hasOlder, hasNewer });
  return sendJson(request, reply, { meta, [key]: items });
}
