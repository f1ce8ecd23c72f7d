// The connection by account SID and auth token, to Twilio itself or to any server that speaks its API.

import { type Connection, ConnectionError, connection, util } from "@prismatic-io/spectral";

const DEFAULT_BASE_URL = "https://api.twilio.com";

export const authTokenConnection = connection({
  key: "basic",
  display: {
    label: "Auth Token",
    description: "Signs in with the account SID and its auth token",
  },
  inputs: {
    username: {
      label: "Account SID",
      type: "string",
      required: true,
      comments: "Begins with AC and has 34 characters.",
    },
    password: {
      label: "Auth Token",
      type: "password",
      required: true,
      comments: "The account's primary or secondary auth token.",
    },
    apiBaseUrl: {
      label: "API Base URL",
      type: "string",
      required: false,
      default: DEFAULT_BASE_URL,
      comments: "The server to talk to. Give your Trunkline gateway's address to send through it.",
    },
  },
});

export interface Account {
  readonly accountSid: string;
  /** The value of the Authorization header. A secret: it must not be logged. */
  readonly authorization: string;
  /** An origin, without a path. */
  readonly baseUrl: string;
}

/** Reads a connection's fields; throws a ConnectionError that says what is wrong with them. */
export function readAccount(given: Connection): Account {
  if (given.key !== authTokenConnection.key) throw new ConnectionError(given, `Unknown connection ${given.key}`);
  const accountSid = util.types.toString(given.fields["username"]).trim();
  const authToken = util.types.toString(given.fields["password"]).trim();
  const address = util.types.toString(given.fields["apiBaseUrl"]).trim() || DEFAULT_BASE_URL;
  if (!/^AC[0-9a-fA-F]{32}$/.test(accountSid)) {
    throw new ConnectionError(given, "The account SID must be AC and 32 hexadecimal digits.");
  }
  if (authToken === "") throw new ConnectionError(given, "The auth token is missing.");
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
    throw new ConnectionError(given, "The API base URL must be an http or https URL.");
  }
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`;
  return { accountSid, authorization, baseUrl: new URL(address).origin };
}
