// Reads the environment into one frozen object. Everything that is wrong is told at once, each with the variable, what
// it got and what it takes; the values of secrets are never shown.

import { resolve } from "node:path";
import type { MasterKeySource } from "../core/credentials/master-key.ts";
import { GatewayError } from "../core/errors.ts";
import type { InstallationLimits } from "../core/retention/limits.ts";
import { type EnvironmentName, environmentSchema, type LogLevel, type Roles } from "./environment.ts";
import { nearestName } from "./nearest-name.ts";
import { isLoopbackHost } from "./read-values.ts";
import { settingDescriptions } from "./setting.ts";

/** Paths are absolute; null means unset. Holds secrets (databaseUrl, masterKey): never log it as a whole. */
export interface Config {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Without a slash at the end. */
  readonly publicUrl: string | null;
  /** PEM files; null: without TLS. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
  /** Networks as CIDR. */
  readonly trustedProxies: readonly string[];
  /** The gateway can be reached from this machine only. */
  readonly loopbackOnly: boolean;
  readonly dataDir: string;
  readonly databaseUrl: string | null;
  readonly databasePool: number;
  readonly masterKey: MasterKeySource;
  readonly bootstrapFile: string | null;
  readonly roles: Roles;
  /** An origin. */
  readonly twilioBaseUrl: string | null;
  /** Networks as CIDR. */
  readonly egressAllow: readonly string[];
  readonly callbackConcurrency: number;
  readonly sandboxDeliveryMs: number;
  /** ISO 3166-1 alpha-2. */
  readonly defaultRegion: string | null;
  readonly fusionAuthTenants: "lenient" | "strict";
  readonly retention: InstallationLimits;
  readonly logLevel: LogLevel;
  /** What to tell the operator without stopping: sentences, for the log. */
  readonly warnings: readonly string[];
}

export const environmentNames = Object.keys(environmentSchema.shape) as EnvironmentName[];

/** Read by the command line (see its --help), not by the server. */
const clientNames = ["TRUNKLINE_URL", "TRUNKLINE_ACCOUNT_SID", "TRUNKLINE_AUTH_TOKEN"] as const;

/**
 * The configuration in `env`. An empty variable counts as unset; relative paths start at `workingDirectory`.
 * Throws one GatewayError `invalid-parameter` whose message lists every problem.
 */
export function loadConfig(env: NodeJS.ProcessEnv, workingDirectory = process.cwd()): Config {
  const given = givenValues(env);
  const result = environmentSchema.safeParse(given);
  const problems = result.success ? [] : describeProblems(result.error.issues, given);
  if (given["TRUNKLINE_MASTER_KEY"] !== undefined && given["TRUNKLINE_MASTER_KEY_FILE"] !== undefined) {
    problems.push("TRUNKLINE_MASTER_KEY and TRUNKLINE_MASTER_KEY_FILE are both set; set only one of them");
  }
  if ((given["TRUNKLINE_TLS_CERT_FILE"] === undefined) !== (given["TRUNKLINE_TLS_KEY_FILE"] === undefined)) {
    problems.push("TRUNKLINE_TLS_CERT_FILE and TRUNKLINE_TLS_KEY_FILE need each other; set both or neither");
  }
  if (!result.success || problems.length > 0) {
    throw new GatewayError(
      "invalid-parameter",
      `The configuration is wrong:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
    );
  }
  const values = result.data;
  const at = (path: string) => resolve(workingDirectory, path);
  const dataDir = at(values.TRUNKLINE_DATA_DIR);
  return Object.freeze({
    host: values.TRUNKLINE_HOST,
    port: values.TRUNKLINE_PORT,
    publicUrl: values.TRUNKLINE_PUBLIC_URL,
    tls: tlsFiles(values, at),
    trustedProxies: Object.freeze(values.TRUNKLINE_TRUSTED_PROXIES ?? []),
    loopbackOnly: isLoopbackHost(values.TRUNKLINE_HOST),
    dataDir,
    databaseUrl: values.DATABASE_URL,
    databasePool: values.TRUNKLINE_DATABASE_POOL,
    masterKey: masterKeySource(values, at, dataDir),
    bootstrapFile: values.TRUNKLINE_BOOTSTRAP === null ? null : at(values.TRUNKLINE_BOOTSTRAP),
    roles: Object.freeze(values.TRUNKLINE_ROLES),
    twilioBaseUrl: values.TRUNKLINE_TWILIO_BASE_URL,
    egressAllow: Object.freeze(values.TRUNKLINE_EGRESS_ALLOW ?? []),
    callbackConcurrency: values.TRUNKLINE_CALLBACK_CONCURRENCY,
    sandboxDeliveryMs: values.TRUNKLINE_SANDBOX_DELIVERY_MS,
    defaultRegion: values.TRUNKLINE_DEFAULT_REGION,
    fusionAuthTenants: values.TRUNKLINE_FUSIONAUTH_TENANTS,
    retention: Object.freeze({
      messageDays: values.TRUNKLINE_RETENTION_MESSAGE_DAYS,
      bodyDays: values.TRUNKLINE_RETENTION_BODY_DAYS,
      eventDays: values.TRUNKLINE_RETENTION_EVENT_DAYS,
      callbackDays: values.TRUNKLINE_RETENTION_CALLBACK_DAYS,
      sandboxDays: values.TRUNKLINE_RETENTION_SANDBOX_DAYS,
    }),
    logLevel: values.TRUNKLINE_LOG_LEVEL,
    warnings: Object.freeze(warnUnknown(env)),
  });
}

function masterKeySource(
  values: { TRUNKLINE_MASTER_KEY: readonly Uint8Array[] | null; TRUNKLINE_MASTER_KEY_FILE: string | null },
  at: (path: string) => string,
  dataDir: string,
): MasterKeySource {
  if (values.TRUNKLINE_MASTER_KEY !== null) return { from: "environment", keys: values.TRUNKLINE_MASTER_KEY };
  if (values.TRUNKLINE_MASTER_KEY_FILE !== null) return { from: "file", path: at(values.TRUNKLINE_MASTER_KEY_FILE) };
  return { from: "data-directory", path: resolve(dataDir, "master.key") };
}

function tlsFiles(
  values: { TRUNKLINE_TLS_CERT_FILE: string | null; TRUNKLINE_TLS_KEY_FILE: string | null },
  at: (path: string) => string,
): Config["tls"] {
  const { TRUNKLINE_TLS_CERT_FILE: certFile, TRUNKLINE_TLS_KEY_FILE: keyFile } = values;
  return certFile === null || keyFile === null ? null : { certFile: at(certFile), keyFile: at(keyFile) };
}

function givenValues(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    environmentNames.flatMap((name) => {
      const value = env[name]?.trim();
      return value === undefined || value === "" ? [] : [[name, value]];
    }),
  );
}

function describeProblems(
  issues: readonly { readonly path: readonly PropertyKey[] }[],
  given: Readonly<Record<string, string>>,
): string[] {
  return issues.map((issue) => {
    const name = environmentNames.find((one) => one === issue.path[0]);
    if (name === undefined) return "a variable is wrong in a way that has no name";
    const description = settingDescriptions.get(environmentSchema.shape[name]);
    const value = given[name] ?? "";
    const got = description?.secret === false ? shown(value) : `a value of ${value.length} characters (not shown)`;
    return `${name}: got ${got}; takes ${description?.takes ?? "another value"}`;
  });
}

function shown(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
}

function warnUnknown(env: NodeJS.ProcessEnv): string[] {
  const known: readonly string[] = [...environmentNames, ...clientNames];
  return Object.keys(env)
    .filter((name) => name.startsWith("TRUNKLINE_") && !known.includes(name))
    .map((name) => {
      const near = nearestName(name, known);
      return `${name} is set, but there is no such setting${near === undefined ? "" : `; did you mean ${near}?`}`;
    });
}
