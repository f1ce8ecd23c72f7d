// Reading what an upstream answered: its error code and text, ids, Retry-After. Everything in it may be wrong, huge,
// missing or a lie; what is shown of it is short, without secrets and without phone numbers.

import { z } from "zod";
import { shown } from "../shown.ts";
import type { Answer } from "./exchange.ts";

export interface UpstreamError {
  /** Null: it gave none. */
  readonly code: number | null;
  /** `404, 20404: The requested resource was not found`. */
  readonly reason: string;
}

const errorBody = z.looseObject({
  code: z.union([z.number(), z.string()]).nullish().catch(null),
  message: z.string().nullish().catch(null),
  detail: z.string().nullish().catch(null),
  title: z.string().nullish().catch(null),
});

const textLengthMax = 200;
const retryAfterMaxMs = 3_600_000;

/** The body as a JSON object; null: it is none. */
export function jsonObject(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Of an answer that is not 2xx. */
export function readError({ status, headers, body }: Answer, secrets: readonly string[]): UpstreamError {
  const parsed = errorBody.safeParse(jsonObject(body));
  if (!parsed.success) {
    const type = [headers["content-type"] ?? "no content type"].flat()[0] ?? "";
    const target =
      status >= 300 && status < 400 ? "it redirects elsewhere, which is not followed" : `not JSON, ${type}`;
    return { code: null, reason: presentable(`${status}: ${target}`, secrets) };
  }
  const { code: given, message, detail, title } = parsed.data;
  const code = errorCode(given);
  const text = message ?? detail ?? title ?? "no explanation";
  return { code, reason: presentable(code === null ? `${status}: ${text}` : `${status}, ${code}: ${text}`, secrets) };
}

/** Codes of other servers come as text, or are words of their own. */
export function errorCode(given: unknown): number | null {
  const code = typeof given === "string" ? Number(given) : given;
  return typeof code === "number" && Number.isInteger(code) && code > 0 && code < 1_000_000 ? code : null;
}

/** An upstream's id of something. */
export const upstreamId = z.string().regex(/^[\w-]{1,64}$/);

/** For attempts, health and logs. Cut first: patterns must not run over a megabyte. */
export function presentable(text: string, secrets: readonly string[]): string {
  let masked = text.slice(0, 2 * textLengthMax);
  for (const secret of secrets) masked = masked.replaceAll(secret, "(secret)");
  return shown(masked.replace(/\+?\d[\d ().-]{5,}\d/g, "(number)"), textLengthMax);
}

/** Ms from now: seconds or a date (RFC 9110, 10.2.3), at most an hour; null: none, or unreadable. */
export function retryAfterMs({ headers }: Answer, nowMs: number): number | null {
  const value = [headers["retry-after"] ?? ""].flat()[0]?.trim() ?? "";
  if (!/^(\d+$|[A-Z][a-z]{2})/.test(value)) return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(ms) ? null : Math.min(retryAfterMaxMs, Math.max(0, ms));
}
