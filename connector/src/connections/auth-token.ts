// The connection by account SID and auth token.

import { connection } from "@prismatic-io/spectral";
import { apiBaseUrl } from "./base-url.ts";

export const authTokenConnection = connection({
  key: "basic",
  display: {
    label: "Twilio Auth Token Connection",
    description: "Authenticate requests using account SID and auth token",
  },
  inputs: {
    username: {
      label: "Account SID",
      type: "string",
      required: true,
      shown: true,
      placeholder: "AC…",
      comments: "Your account SID (starts with AC)",
      example: "AC0123456789abcdef0123456789abcdef",
    },
    password: {
      label: "Auth Token",
      type: "password",
      required: true,
      shown: true,
      placeholder: "Auth Token",
      comments: "Can be found on https://console.twilio.com/",
      example: "0123456789abcdef0123456789abcdef",
    },
    apiBaseUrl,
  },
});
