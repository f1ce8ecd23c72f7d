// What a restricted API key may do: permissions such as `/twilio/messaging/messages/create`, one for each verb of a
// resource, or `…/*` for all of its verbs. Nothing that is not listed is allowed.

import { GatewayError } from "../errors.ts";

export type Verb = "create" | "read" | "list" | "update" | "delete";

export interface KeyPolicy {
  readonly allow: readonly string[];
}

/** A permission's path without its verb: `/twilio/messaging/services.phonenumbers`. */
export type Resource = `/twilio/${string}/${string}`;
export type Permission = `${Resource}/${Verb}`;

const permissionForm = /^\/twilio(?:\/[a-z0-9][a-z0-9._-]{0,63}){2,3}\/(?:create|read|list|update|delete|\*)$/;
const permissionsMax = 100;
const policyCharactersMax = 20_000;

/** `permission`: of one resource and one verb. */
export function isAllowed({ allow }: KeyPolicy, permission: Permission): boolean {
  return allow.includes(permission) || allow.includes(permission.replace(/[^/]+$/, "*"));
}

/**
 * Reads a policy as it is sent: `{"allow": ["/twilio/…/read", …]}`. Permissions for products that the gateway has not are
 * kept and mean nothing. Throws `invalid-parameter`.
 */
export function readPolicy(text: string): KeyPolicy {
  const parsed = text.length <= policyCharactersMax ? parseJson(text) : undefined;
  if (typeof parsed !== "object" || parsed === null || !("allow" in parsed) || !Array.isArray(parsed.allow)) {
    throw invalid('give {"allow": ["/twilio/messaging/messages/read", …]}');
  }
  if (Object.keys(parsed).length > 1) throw invalid("it has no other key than allow");
  const allow: readonly unknown[] = parsed.allow;
  if (allow.length < 1 || allow.length > permissionsMax) throw invalid(`give 1 to ${permissionsMax} permissions`);
  return {
    allow: allow.map((permission) => {
      if (typeof permission === "string" && permissionForm.test(permission)) return permission;
      throw invalid("a permission has the form /twilio/product/resource/verb");
    }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

function invalid(expected: string): GatewayError {
  return new GatewayError("invalid-parameter", `Invalid Policy: ${expected}.`, { values: { parameter: "Policy" } });
}
