// The connection by API key: the recommended one, since each key can be revoked alone. A key signs no webhooks, so the
// key that does is a field of its own, and used for nothing else.

import { connection } from "@prismatic-io/spectral";
import { apiBaseUrl } from "./base-url.ts";

export const apiKeyConnection = connection({
  key: "apiKeySecret",
  display: {
    label: "Twilio API Key Connection",
    description: "Authenticate requests to Twilio using an API key",
  },
  inputs: {
    accountSid: {
      label: "Account SID",
      type: "string",
      required: true,
      shown: true,
      placeholder: "AC…",
      comments: "Your account SID (starts with AC)",
      example: "AC0123456789abcdef0123456789abcdef",
    },
    apiKey: {
      label: "API Key SID",
      type: "string",
      required: true,
      shown: true,
      placeholder: "SK…",
      comments: "An API Key SID (starts with SK)",
      example: "SK0123456789abcdef0123456789abcdef",
    },
    apiSecret: {
      label: "API Key Secret",
      type: "password",
      required: true,
      shown: true,
      placeholder: "API Key Secret",
      comments: "The API secret that was generated when an API key was created",
      example: "0123456789abcdef0123456789abcdef",
    },
    authToken: {
      label: "Signing Key",
      type: "password",
      required: false,
      shown: true,
      placeholder: "Auth Token",
      comments:
        "What webhooks are signed with: the account's primary auth token, or a shared key. Only the Webhook triggers use it, to validate; requests are made with the API key.",
      example: "0123456789abcdef0123456789abcdef",
    },
    apiBaseUrl,
  },
});
