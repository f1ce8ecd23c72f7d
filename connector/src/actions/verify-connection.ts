// The action that tells whether a connection works: it reads the account and changes nothing.

import { action, ConnectionError, input } from "@prismatic-io/spectral";
import { readAccount } from "../connections/auth-token.ts";

const TIMEOUT_MS = 10_000;

export const verifyConnection = action({
  display: {
    label: "Verify Connection",
    description: "Reads the account that the connection signs in to",
  },
  inputs: {
    twilioConnection: input({ label: "Connection", type: "connection", required: true }),
  },
  perform: async (_context, { twilioConnection }) => {
    const { accountSid, authorization, baseUrl } = readAccount(twilioConnection);
    const response = await fetch(`${baseUrl}/2010-04-01/Accounts/${accountSid}.json`, {
      headers: { authorization, accept: "application/json" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.status === 401) throw new ConnectionError(twilioConnection, "The server refused the credentials.");
    if (!response.ok) throw new Error(`The server answered ${response.status} when asked for the account.`);
    const data: unknown = await response.json();
    return { data };
  },
});
