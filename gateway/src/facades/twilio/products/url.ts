// Absolute URLs in answers: always on the origin under which the caller reaches the gateway, never on Twilio's, since
// SDKs follow them verbatim.

import type { FastifyRequest } from "fastify";
import { publicUrlOf } from "../../listener.ts";

/** `path` (from `/v1` on) as the caller can fetch it. */
export function urlOf(request: FastifyRequest, path: string): string {
  return publicUrlOf(request) + path;
}
