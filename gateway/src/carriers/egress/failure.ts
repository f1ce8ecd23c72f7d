// What can go wrong on the way to a URL that a user configured: a closed union, each with the code that Twilio's
// debugger has for it, and whether the other side may have got the request.

import { errors } from "undici";

export const egressFailureCodes = {
  "bad-url": 11210,
  "blocked-address": 11210,
  "host-not-found": 11210,
  "connect-timeout": 11201,
  "read-timeout": 11201,
  "total-timeout": 11201,
  refused: 11202,
  "connection-failed": 11205,
  tls: 11205,
  aborted: 11205,
  protocol: 11206,
  "too-many-redirects": 11215,
  "body-too-big": 11750,
} as const;

export type EgressFailureReason = keyof typeof egressFailureCodes;

export interface EgressFailure {
  readonly kind: "failure";
  readonly reason: EgressFailureReason;
  /** Of the webhook family: 11201, 11202, 11205, 11206, 11210, 11215, 11750. */
  readonly errorCode: number;
  /** For the log and the operator. Holds no secrets. */
  readonly detail: string;
  /** False when it is certain that no request was written. */
  readonly maybeSent: boolean;
}

/** Thrown by the connector before a socket is opened. */
export class BlockedAddressError extends Error {
  override readonly name = "BlockedAddressError";
}

/** Thrown while reading an answer that is longer than allowed. */
export class BodyTooBigError extends Error {
  override readonly name = "BodyTooBigError";
}

export function egressFailure(reason: EgressFailureReason, detail: string, maybeSent: boolean): EgressFailure {
  return { kind: "failure", reason, errorCode: egressFailureCodes[reason], detail, maybeSent };
}

/** The failure that a thrown value stands for. */
export function failureOf(thrown: unknown): EgressFailure {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (error instanceof BlockedAddressError) return egressFailure("blocked-address", error.message, false);
  if (error instanceof BodyTooBigError) return egressFailure("body-too-big", error.message, true);
  if (error instanceof errors.ConnectTimeoutError) return egressFailure("connect-timeout", error.message, false);
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError) {
    return egressFailure("read-timeout", error.message, true);
  }
  if (error instanceof AggregateError && error.errors.length > 0) return failureOf(error.errors[0]);
  return failureOfCode(codeOf(error), error.message);
}

const unresolved = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA", "EAI_NONAME", "ENODATA", "ESERVFAIL"]);
const unreachable = new Set(["EHOSTUNREACH", "ENETUNREACH", "EADDRNOTAVAIL", "EACCES", "EPERM", "EINVAL"]);
const resets = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET", "UND_ERR_CLOSED", "UND_ERR_DESTROYED"]);

function failureOfCode(code: string, message: string): EgressFailure {
  const detail = code === "" ? message : `${code}: ${message}`;
  if (code === "ECONNREFUSED") return egressFailure("refused", detail, false);
  if (code === "ETIMEDOUT") return egressFailure("connect-timeout", detail, false);
  if (unresolved.has(code)) return egressFailure("host-not-found", detail, false);
  if (unreachable.has(code)) return egressFailure("connection-failed", detail, false);
  if (resets.has(code)) return egressFailure("connection-failed", detail, true);
  // Node's names for certificates that do not check out, and OpenSSL's for failed handshakes
  if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO|HOSTNAME_MISMATCH)/.test(code)) {
    return egressFailure("tls", detail, false);
  }
  return egressFailure("protocol", detail, true);
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}
