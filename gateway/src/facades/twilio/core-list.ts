// Lists of v2010: the answer with the paging envelope beside the array.

import type { FastifyReply, FastifyRequest } from "fastify";
import type { Page } from "../../store/keyset-page.ts";
import { pathOf } from "./call.ts";
import { type EchoedFilters, type PageRequest, presentEnvelope } from "./paging.ts";
import { type ListForm, sendList } from "./resource.ts";
import type { Format } from "./routing.ts";
import type { JsonObject } from "./xml.ts";

export interface CoreListAnswer<Item> extends ListForm {
  readonly format: Format;
  readonly page: PageRequest;
  /** Filters that were given, in the documented order. */
  readonly filters: EchoedFilters;
  readonly result: Page<Item>;
  readonly present: (item: Item) => JsonObject & { readonly sid: string };
}

/** Answers with a page of a list; the `sid` of its items is what page tokens are made of. */
export function sendCorePage<Item>(
  request: FastifyRequest,
  reply: FastifyReply,
  { page, filters, result, present, ...form }: CoreListAnswer<Item>,
): FastifyReply {
  const items = result.items.map(present);
  const { hasOlder, hasNewer } = result;
  const sids = items.map(({ sid }) => sid);
  const envelope = presentEnvelope(pathOf(request), filters, page, { sids, hasOlder, hasNewer });
  return sendList(request, reply, { envelope, items }, form);
}
