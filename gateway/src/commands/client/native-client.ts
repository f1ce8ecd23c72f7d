// The command line's way to the native API: one JSON call at a time. Says what went wrong in words for a person.

import type { Credentials } from "../credentials.ts";
import { exitCodes, failure } from "../failure.ts";

const timeoutMs = 30_000;

/** Resolves to the JSON of the answer; rejects with a command failure that has the gateway's own words. */
export async function callNativeApi(
  { url, authorization }: Credentials,
  method: "GET" | "POST",
  path: string,
  body?: unknown,
): Promise<unknown> {
  const response = await fetch(`${url}/trunkline/v1${path}`, {
    method,
    headers: { authorization, accept: "application/json", "content-type": "application/json" },
    body: body === undefined ? (method === "POST" ? "{}" : null) : JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((thrown: unknown) => {
    throw failure(exitCodes.unreachable, `The gateway cannot be reached at ${url}: ${reasonOf(thrown)}`);
  });
  const text = await response.text();
  if (response.ok) return parsed(text, url);
  const code = response.status === 401 || response.status === 403 ? exitCodes.unreachable : exitCodes.usage;
  throw failure(code, messageIn(text) ?? `${url} answered with HTTP status ${response.status}.`);
}

function parsed(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw failure(exitCodes.unreachable, `What answers at ${url} is not a gateway.`);
  }
}

function messageIn(text: string): string | null {
  try {
    const body = JSON.parse(text) as { readonly error?: { readonly message?: unknown } };
    return typeof body.error?.message === "string" ? body.error.message : null;
  } catch {
    return null;
  }
}

function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause instanceof Error ? thrown.cause.message : thrown.message;
}
