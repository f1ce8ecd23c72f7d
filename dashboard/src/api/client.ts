// Calls of the gateway's native API, typed by its own description. A call resolves to the answer's body or rejects with an
// ApiError whose message is for people; a sign-in that has ended ends the session of this tab.

import createClient, { type Middleware } from "openapi-fetch";
import type { paths } from "./generated/api.d.ts";
import { replacementOf } from "./renewal.ts";
import { authorizationOf, type Credential, session } from "./session.ts";

export interface FieldProblem {
  readonly in: string;
  readonly field: string;
  readonly message: string;
}

export class ApiError extends Error {
  /** HTTP status; 0: there was no answer. */
  readonly status: number;
  readonly code: string;
  readonly details: readonly FieldProblem[];

  constructor(status: number, code: string, message: string, details: readonly FieldProblem[] = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }

  /** Worth asking again by itself: nobody answered, or the gateway is busy with itself. What took too long will again. */
  get isPassing(): boolean {
    if (this.code === "query-too-slow") return false;
    return this.status === 0 || this.status === 503 || this.status === 502 || this.status === 504;
  }
}

/**
 * fetch with the session's credential. One that is refused is tried once more with what has taken its place meanwhile, or with
 * an access token renewed for it; where there is neither, the session ends.
 */
export async function authorizedFetch(input: Request): Promise<Response> {
  const { credential } = session.get();
  const spare = input.clone();
  const response = await fetch(withCredential(input, credential));
  if (response.status !== 401 || credential === null) return response;
  const replacement = await replacementOf(credential);
  return replacement === null ? response : await fetch(withCredential(spare, replacement));
}

function withCredential(request: Request, credential: Credential | null): Request {
  const authorization = authorizationOf(credential);
  if (authorization !== null) request.headers.set("authorization", authorization);
  return request;
}

/** Names the chosen account where it is not the credential's own; paths with an account in them name it already. */
const chosenAccount: Middleware = {
  onRequest({ request }) {
    const { account } = session.get();
    const url = new URL(request.url);
    if (account === null || url.pathname.includes("/accounts")) return request;
    url.searchParams.set("account", account);
    return new Request(url, request);
  },
};

export const api = createClient<paths>({
  baseUrl: typeof location === "undefined" ? "http://localhost" : location.origin,
  fetch: authorizedFetch,
});
api.use(chosenAccount);

interface Answer<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

/** The body of an answer. Rejects with ApiError. */
export async function call<Data>(asked: Promise<Answer<Data>>): Promise<Data> {
  let answer: Answer<Data>;
  try {
    answer = await asked;
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === "AbortError") throw thrown;
    throw new ApiError(0, "unreachable", "The gateway does not answer. Is it running?");
  }
  if (answer.response.ok) return answer.data as Data;
  throw errorOf(answer.response.status, answer.error);
}

export function errorOf(status: number, body: unknown): ApiError {
  const given = (body as { error?: { code?: string; message?: string; details?: FieldProblem[] } } | undefined)?.error;
  const message = given?.message ?? `The gateway answered ${status}.`;
  return new ApiError(status, given?.code ?? "unknown", message, given?.details ?? []);
}

/** Any thrown value as words for a person. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
