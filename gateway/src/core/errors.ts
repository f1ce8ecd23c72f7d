// The one error type of the gateway. A code from a closed union says what happened; each facade maps the
// code to its own dialect (exhaustively, by type). `message` may be shown to the caller; `detail` may not.

export const gatewayErrorCodes = [
  "unauthenticated",
  "forbidden",
  "account-not-active",
  "not-found",
  "method-not-allowed",
  "conflict",
  "idempotency-conflict",
  "invalid-parameter",
  "missing-parameter",
  "page-size-too-large",
  "invalid-page-token",
  "body-too-large",
  "unsupported-media-type",
  "rate-limited",
  "not-complete",
  "database-unavailable",
  "query-too-slow",
  "draining",
  "internal",
  // providers
  "upstream-rejected",
  // auth tokens and credentials of an account
  "auth-token-exists",
  "constraint-violated",
  "sid-invalid",
  "credential-type-invalid",
  "aws-credentials-invalid",
  "public-key-invalid",
  "public-key-algorithm-unsupported",
  "public-key-length-unsupported",
  "public-key-exponent-unsupported",
  // signed requests
  "signed-request-required",
  "signed-request-unsupported",
  "signing-key-not-found",
  "signature-token-invalid",
  "signed-header-missing",
  "request-hash-mismatch",
  // message create, in the words of the gateway
  "to-missing",
  "sender-missing",
  "body-missing",
  "content-missing",
  "to-invalid",
  "from-invalid",
  "body-too-long",
  "body-unsendable",
  "too-many-media",
  "media-url-invalid",
  "schedule-needs-service",
  "schedule-time-missing",
  "schedule-time-out-of-range",
  "schedule-type-unsupported",
  "same-to-and-from",
  "channel-mismatch",
  "from-not-owned",
  "from-country-mismatch",
  "from-other-account",
  "from-not-sms-capable",
  "service-not-found",
  "service-invalid",
  "service-empty",
  "sender-not-in-service",
  "sender-in-service",
  "sender-in-other-service",
  "service-full",
  "alpha-sender-invalid",
  "region-not-enabled",
  "unreachable",
  "not-mobile",
  "opted-out",
  "queue-full",
  "status-callback-invalid",
  "validity-period-invalid",
  "max-price-invalid",
  "content-sid-required",
  "content-sid-invalid",
  "content-variables-invalid",
  "content-retention-invalid",
  "address-retention-invalid",
  "parameter-too-long",
  "not-cancelable",
  "feedback-not-expected",
  "safe-list-duplicate",
  // numbers of an account
  "number-invalid",
  "number-unavailable",
  "area-code-empty",
  // accounts and their keys
  "permission-missing",
  "friendly-name-invalid",
  "account-nested",
  "account-status-invalid",
  "account-status-of-parent",
  "account-closed",
  "parent-not-active",
  "too-many-subaccounts",
  "too-many-keys",
] as const;

export type GatewayErrorCode = (typeof gatewayErrorCodes)[number];

export interface GatewayErrorOptions {
  /** Values that a dialect's message needs (`to`, `from`, `parameter`, `path` …). Never secrets. */
  readonly values?: Readonly<Record<string, string>>;
  /** For the log only. */
  readonly detail?: string;
  readonly cause?: unknown;
}

/** An expected failure, to be presented by a facade. `message` says what to do about it. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly code: GatewayErrorCode;
  readonly values: Readonly<Record<string, string>>;
  readonly detail: string | undefined;

  constructor(code: GatewayErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.values = options.values ?? {};
    this.detail = options.detail;
  }
}

/** The database cannot be reached at the moment: the same is worth trying again soon. */
export function isDatabaseAway(error: unknown): boolean {
  return error instanceof GatewayError && error.code === "database-unavailable";
}

/** Any thrown value as an Error, for logs and causes. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
