// A question to an upstream with an answer of a known shape, and lists of them. Whatever else comes back becomes an
// UpstreamFailure. The next page of a list is always asked for at the address of the first: a lying upstream must not lead
// us, or the credentials, anywhere else.

import type { z } from "zod";
import { shown } from "../shown.ts";
import type { UpstreamFailure } from "../upstream.ts";
import { jsonObject, readError } from "./answer.ts";
import type { Endpoint, Product } from "./endpoint.ts";
import type { Answer, Exchange, NoAnswer } from "./exchange.ts";

export interface Question {
  /** Default `GET`. */
  readonly method?: "GET" | "POST" | "DELETE";
  readonly product: Product;
  /** Below the prefix of the base URL, with the query. */
  readonly path: string;
  readonly form?: Readonly<Record<string, string>>;
  /** The answer is a list, which may be long. */
  readonly isList?: true;
  /** With the auth token, also when there is an API key. */
  readonly withToken?: boolean;
  readonly signal: AbortSignal;
}

/** `status` of an answer that was none of the wanted kind; null: there was no answer. */
export interface AskFailure extends UpstreamFailure {
  readonly status: number | null;
}

export type AskResult<T> = { readonly kind: "ok"; readonly value: T } | AskFailure;

const listBytesMax = 1_048_576;

/** Any JSON object of a 2xx. */
export async function askObject(
  exchange: Exchange,
  endpoint: Endpoint,
  question: Question,
): Promise<AskResult<{ readonly body: Readonly<Record<string, unknown>>; readonly answer: Answer }>> {
  const answer = await askAnything(exchange, endpoint, question);
  if (answer.kind !== "answer") return answer;
  const body = jsonObject(answer.body);
  if (body !== null) return { kind: "ok", value: { body, answer } };
  const type = [answer.headers["content-type"] ?? "no content type"].flat()[0];
  const reason = `${answer.status}, but the answer is not a JSON object (${shown(String(type), 60)})`;
  return {
    kind: "failure",
    state: "unreachable",
    code: null,
    reason,
    maybeDone: question.method !== undefined,
    status: answer.status,
  };
}

/** Any 2xx. */
export async function askAnything(
  exchange: Exchange,
  endpoint: Endpoint,
  { method = "GET", product, path, form, isList, withToken, signal }: Question,
): Promise<Answer | AskFailure> {
  const authorization = withToken === true ? endpoint.tokenAuthorization : endpoint.authorization;
  if (authorization === null) return misconfigured("this needs the auth token, and only an API key is known");
  const answer = await exchange({
    origin: endpoint.origins[product],
    path: endpoint.prefix + path,
    method,
    authorization,
    ...(method === "POST" && { form: encodeForm(form ?? {}) }),
    ...(isList === true && { answerBytesMax: listBytesMax }),
    signal,
  });
  if (answer.kind === "failure") return withoutAnswer(answer, method !== "GET");
  if (answer.status >= 200 && answer.status < 300) return answer;
  const { code, reason } = readError(answer, endpoint.secrets);
  const maybeDone = method !== "GET" && (answer.status >= 500 || answer.status === 408);
  return { kind: "failure", state: stateOf(answer.status), code, reason, maybeDone, status: answer.status };
}

function stateOf(status: number): UpstreamFailure["state"] {
  if (status === 401 || status === 403) return "rejected";
  return status === 429 || status >= 500 ? "unreachable" : "misconfigured";
}

function withoutAnswer({ reason, detail, written }: NoAnswer, changes: boolean): AskFailure {
  const state = reason === "blocked-address" || reason === "bad-url" ? "misconfigured" : "unreachable";
  return { kind: "failure", state, code: null, reason: detail, maybeDone: written && changes, status: null };
}

export function misconfigured(reason: string, code: number | null = null): AskFailure {
  return { kind: "failure", state: "misconfigured", code, reason, maybeDone: false, status: null };
}

export function shapeless(what: string, maybeDone: boolean): AskFailure {
  const reason = `the answer is not ${what} as Twilio has it`;
  return { kind: "failure", state: "unreachable", code: null, reason, maybeDone, status: null };
}

/** A server of another make need not have every product of Twilio's. */
export function lacksProduct({ isTwilio }: Endpoint, { status }: AskFailure): boolean {
  return !isTwilio && (status === 404 || status === 405 || status === 501);
}

export interface List<T> {
  readonly product: Product;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The name of the array. */
  readonly key: string;
  readonly item: z.ZodType<T>;
  readonly maxPages: number;
  readonly withToken?: boolean;
  readonly signal: AbortSignal;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly answer: Answer;
}

/** `whole`: the list has been read to its end, or for as long as `onPage` wanted. False: there was more than `maxPages`. */
export async function askPages<T>(
  exchange: Exchange,
  endpoint: Endpoint,
  list: List<T>,
  onPage: (page: Page<T>) => boolean | Promise<boolean>,
): Promise<AskResult<{ readonly whole: boolean }>> {
  let query = `?${encodeForm(list.query)}`;
  const asked = new Set<string>();
  for (let pages = 0; pages < list.maxPages; pages++) {
    asked.add(query);
    const { product, withToken = false, signal } = list;
    const question = { product, path: list.path + query, isList: true, withToken, signal } as const;
    const result = await askObject(exchange, endpoint, question);
    if (result.kind === "failure") return result;
    const { body, answer } = result.value;
    const items = itemsOf(body[list.key], list.item);
    if (items === null) return shapeless(`a list of ${list.key}`, false);
    if (!(await onPage({ items, answer }))) return { kind: "ok", value: { whole: true } };
    const next = nextQuery(body);
    if (next === null) return { kind: "ok", value: { whole: true } };
    if (next === "" || asked.has(next)) return shapeless("a list of pages", false);
    query = next;
  }
  return { kind: "ok", value: { whole: false } };
}

function itemsOf<T>(value: unknown, item: z.ZodType<T>): T[] | null {
  if (!Array.isArray(value)) return null;
  const items = value.map((each) => item.safeParse(each));
  return items.every((each) => each.success) ? items.map((each) => each.data) : null;
}

/** Null: the last page. Empty: it names one, but without a query. */
function nextQuery(body: Readonly<Record<string, unknown>>): string | null {
  const { meta } = body;
  const inMeta = typeof meta === "object" && meta !== null && "next_page_url" in meta ? meta.next_page_url : null;
  const next = body["next_page_uri"] ?? inMeta ?? null;
  if (next === null || next === "") return null;
  return typeof next === "string" ? (URL.parse(next, "http://upstream.invalid")?.search ?? "") : "";
}

export function encodeForm(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encode(value)}`)
    .join("&");
}

/** Half a surrogate pair has no encoding. */
export function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
