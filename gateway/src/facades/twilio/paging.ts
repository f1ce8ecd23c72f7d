// Paging of lists: PageSize, Page and PageToken in, the envelope beside the array (v2010) or `meta` (product APIs) out. A token is `PA` + the last
// SID of a page (the next page follows it) or `PB` + the first SID (the previous page precedes it). The envelope is the
// same for every list; the numbers in it are what the client's own Page says, for nothing is counted.

import { GatewayError } from "../../core/errors.ts";
import { isSid, type SidPrefix } from "../../core/ids.ts";
import { type Form, first } from "./form.ts";
import type { JsonObject } from "./xml.ts";

const pageSizeDefault = 50;
const pageSizeMax = 1000;
const pageMax = 10_000_000;

export interface PageRequest {
  readonly pageSize: number;
  readonly page: number;
  /** Where to go on; null: from the beginning. */
  readonly token: { readonly direction: "older" | "newer"; readonly sid: string } | null;
}

/** Throws `invalid-parameter`, `page-size-too-large` or `invalid-page-token`. `prefixes`: of the SIDs in tokens. */
export function readPageRequest(query: Form, ...prefixes: SidPrefix[]): PageRequest {
  const pageSize = readWholeNumber(first(query, "PageSize"), "PageSize") ?? pageSizeDefault;
  if (pageSize > pageSizeMax) throw new GatewayError("page-size-too-large", "Ask for at most 1000 items per page.");
  if (pageSize < 1) throw invalid("PageSize");
  const page = readWholeNumber(first(query, "Page"), "Page") ?? 0;
  const token = readToken(first(query, "PageToken"), prefixes);
  // Without a token it is the first page, whatever number is asked for.
  if (token === null) return { pageSize, page: 0, token };
  if (page > pageMax) throw invalid("Page");
  return { pageSize, page: token.direction === "older" ? Math.max(page, 1) : page, token };
}

function readWholeNumber(text: string | undefined, name: string): number | null {
  if (text === undefined) return null;
  if (!/^\d+$/.test(text)) throw invalid(name);
  return Number(text);
}

function invalid(name: string): GatewayError {
  return new GatewayError("invalid-parameter", `Invalid ${name}.`, { values: { parameter: name } });
}

function readToken(text: string | undefined, prefixes: readonly SidPrefix[]): PageRequest["token"] {
  if (text === undefined) return null;
  const sid = text.slice(2);
  const direction = text.startsWith("PA") ? "older" : text.startsWith("PB") ? "newer" : null;
  if (direction === null || !isSid(sid, ...prefixes)) {
    throw new GatewayError("invalid-page-token", "Use the page URIs of a list as they are.");
  }
  return { direction, sid };
}

export interface PageResult {
  /** The SIDs on the page, in order. */
  readonly sids: readonly string[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
}

/** Filters as they are echoed: `[["To", "+1555…"], ["DateSent>", "2024-01-01"]]`, in the documented order. */
export type EchoedFilters = readonly (readonly [name: string, value: string])[];

/** The keys beside the array of a v2010 list. `path`: the list's path, as requested. */
export function presentEnvelope(
  path: string,
  filters: EchoedFilters,
  request: PageRequest,
  result: PageResult,
): JsonObject {
  const { page, pageSize } = request;
  const links = linksOf(path, filters, request, result);
  const start = result.sids.length === 0 ? 0 : page * pageSize;
  return {
    first_page_uri: links.first,
    end: result.sids.length === 0 ? 0 : start + result.sids.length - 1,
    next_page_uri: links.next,
    page,
    page_size: pageSize,
    previous_page_uri: links.previous,
    start,
    uri: links.self,
  };
}

export interface MetaRequest {
  /** The list's URL, absolute: SDKs fetch the links verbatim. */
  readonly url: string;
  /** The name of the array. */
  readonly key: string;
  readonly filters: EchoedFilters;
  readonly page: PageRequest;
}

/** The `meta` of a product API's list. */
export function presentMeta({ url, key, filters, page }: MetaRequest, result: PageResult): JsonObject {
  const links = linksOf(url, filters, page, result);
  return {
    page: page.page,
    page_size: page.pageSize,
    first_page_url: links.first,
    previous_page_url: links.previous,
    url: links.self,
    next_page_url: links.next,
    key,
  };
}

interface PageLinks {
  readonly self: string;
  readonly first: string;
  readonly next: string | null;
  readonly previous: string | null;
}

function linksOf(base: string, filters: EchoedFilters, request: PageRequest, result: PageResult): PageLinks {
  const { page, pageSize, token } = request;
  const echoed = filters.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}&`).join("");
  const link = (number: number, pageToken?: string): string =>
    `${base}?${echoed}PageSize=${pageSize}&Page=${number}${pageToken === undefined ? "" : `&PageToken=${pageToken}`}`;
  const [firstSid, lastSid] = [result.sids[0], result.sids.at(-1)];
  return {
    self: link(page, token === null ? undefined : `${token.direction === "older" ? "PA" : "PB"}${token.sid}`),
    first: link(0),
    next: result.hasOlder && lastSid !== undefined ? link(page + 1, `PA${lastSid}`) : null,
    previous: result.hasNewer && firstSid !== undefined ? link(Math.max(page - 1, 0), `PB${firstSid}`) : null,
  };
}
