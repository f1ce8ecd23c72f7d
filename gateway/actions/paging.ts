// Walking a list page by page. Only the query of a link to the next page is used, never its host or path: a link cannot
// lead the credentials elsewhere.

import type { Connection, Product } from "./connection.ts";
import { ActionError } from "./errors.ts";
import { call, type Pairs } from "./http/call.ts";
import { isObject, type JsonObject } from "./json.ts";

export interface ListRequest {
  readonly product?: Product;
  readonly path: string;
  /** The array's name in the answer: `messages`. */
  readonly key: string;
  /** Filters, page size, and the token of a page to begin with. */
  readonly query: Pairs;
}

export interface ListPage {
  readonly items: readonly JsonObject[];
  /** `PageToken` of the page after this one; null: this was the last. */
  readonly nextPageToken: string | null;
  /** The server's clock when it answered, in ms since 1970; ours when it gave none. */
  readonly serverTimeMs: number;
}

/** Yields pages until the list ends. Throws `unexpected-answer` when the server leads in a circle. */
export async function* pagesOf(connection: Connection, request: ListRequest): AsyncGenerator<ListPage> {
  const seen = new Set<string>();
  let query = request.query;
  for (;;) {
    const { json, headers } = await call(connection, { ...request, method: "GET", query });
    const items = json[request.key];
    if (!Array.isArray(items) || !items.every(isObject)) {
      throw new ActionError("unexpected-answer", `The list has no ${request.key}. Is the API base URL right?`);
    }
    const next = nextQuery(json);
    const token = next?.get("PageToken") ?? null;
    const serverTimeMs = Date.parse(headers.date ?? "") || Date.now();
    yield { items, nextPageToken: token, serverTimeMs };
    if (next === null || token === null) return;
    if (seen.has(token)) throw new ActionError("unexpected-answer", "The list leads in a circle.");
    seen.add(token);
    query = [...next];
  }
}

/** The query of the link to the next page, of the older kind of list or of the product APIs. */
function nextQuery(json: JsonObject): URLSearchParams | null {
  const meta = json["meta"];
  const link = isObject(meta) ? meta["next_page_url"] : json["next_page_uri"];
  if (typeof link !== "string" || !link.includes("?")) return null;
  return new URLSearchParams(link.slice(link.indexOf("?") + 1).split("#", 1)[0]);
}
