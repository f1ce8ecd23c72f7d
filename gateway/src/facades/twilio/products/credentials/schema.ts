// What comes in for the credentials of an account.

import { readAwsCredentials } from "../../../../core/credentials/account-credential.ts";
import { readPublicKey } from "../../../../core/credentials/public-key.ts";
import { GatewayError } from "../../../../core/errors.ts";
import { type AccountSid, canonicalSid, isSid } from "../../../../core/ids.ts";
import type { NewAccountCredential } from "../../../../store/account-credentials.ts";
import { type Form, first } from "../../form.ts";
import { requiredText } from "../parameters.ts";

const nameCharactersMax = 64;

/** `FriendlyName`: at most 64 characters, or `constraint-violated`; empty is null, not given undefined. */
export function readFriendlyName(form: Form): string | null | undefined {
  const name = first(form, "FriendlyName");
  if (name === undefined || name === "") return name === undefined ? undefined : null;
  if ([...name].length <= nameCharactersMax) return name;
  throw new GatewayError("constraint-violated", `FriendlyName has at most ${nameCharactersMax} characters.`);
}

/** `AccountSid`, canonical; undefined when it is not given. Throws `sid-invalid`. */
export function readAccountSid(form: Form): AccountSid | undefined {
  const sid = first(form, "AccountSid");
  if (!sid) return undefined;
  if (isSid(sid, "AC")) return canonicalSid<AccountSid>(sid);
  throw new GatewayError("sid-invalid", "AccountSid is AC and 32 hex digits.", { values: { parameter: "AccountSid" } });
}

/** Throws `missing-parameter` or `aws-credentials-invalid`. */
export function readAws(form: Form): NewAccountCredential["content"] {
  return { kind: "aws", aws: readAwsCredentials(requiredText(form, "Credentials")) };
}

/** Throws `missing-parameter` or what is wrong with the key. */
export function readKey(form: Form): NewAccountCredential["content"] {
  return { kind: "public-key", publicKey: readPublicKey(requiredText(form, "PublicKey")) };
}
