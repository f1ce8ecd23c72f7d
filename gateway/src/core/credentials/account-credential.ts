// Credentials that an account keeps with the gateway: AWS access keys and public keys. What is secret in them is not part
// of this: it stays sealed in the store.

import { GatewayError } from "../errors.ts";
import type { AccountSid, CredentialSid } from "../ids.ts";

export type AccountCredentialKind = "aws" | "public-key";

export interface AccountCredential {
  readonly accountSid: AccountSid;
  readonly sid: CredentialSid;
  readonly kind: AccountCredentialKind;
  readonly friendlyName: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

// Visible ASCII without the colon that divides: base64's signs occur in secrets.
const AWS = /^([!-9;-~]{1,128}):([!-9;-~]{1,256})$/;

/** `<access key id>:<secret access key>`. Throws `aws-credentials-invalid`. */
export function readAwsCredentials(text: string): AwsCredentials {
  const [, accessKeyId, secretAccessKey] = AWS.exec(text.trim()) ?? [];
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new GatewayError("aws-credentials-invalid", "Give the access key id and the secret access key as ID:SECRET.");
  }
  return { accessKeyId, secretAccessKey };
}
