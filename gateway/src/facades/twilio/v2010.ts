// Twilio's core API, v2010: the account is in the path, the suffix of the path says the format, and media bytes are
// public as Twilio's are.

import type { FastifyRequest } from "fastify";
import { openPublicly } from "./auth.ts";
import { pathOf, type TwilioApi } from "./call.ts";
import { formatOf, hasSuffix, parameterOf, withoutSuffix } from "./routing.ts";

export const v2010: TwilioApi = {
  allowedMethods: "GET, POST, DELETE, OPTIONS",
  formatOf,
  accountIn: (request) => parameterOf(request, "account") || withoutSuffix(parameterOf(request, "accountFile")),
  isAccountItself: (request) => parameterOf(request, "accountFile") !== "",
  openWithoutCredentials(request, call) {
    if (!isPublicMedia(request)) return false;
    openPublicly(request, call);
    return true;
  },
};

const mediaPath = /\/Messages\/[^/]+\/Media\/[^/]+$/;

/** The SIDs of media cannot be guessed. Credentials that are given must be right. */
function isPublicMedia(request: FastifyRequest): boolean {
  if (request.headers.authorization !== undefined) return false;
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  const path = pathOf(request);
  return mediaPath.test(path) && !hasSuffix(path);
}
