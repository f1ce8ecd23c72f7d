// The messaging service that a path names, within the caller's account.

import type { FastifyRequest } from "fastify";
import { canonicalSid, isSid, type MessagingServiceSid } from "../../../../core/ids.ts";
import type { ServiceTarget } from "../../../../services/messaging-services.ts";
import type { Queryable } from "../../../../store/database.ts";
import { findMessagingService } from "../../../../store/messaging-services.ts";
import { callerOf, notFound } from "../../call.ts";
import { parameterOf } from "../../routing.ts";

/** Who calls, and for which service. Throws `not-found` for what is no service SID; whether it exists is not asked. */
export function serviceInPath(request: FastifyRequest): ServiceTarget {
  const sid = parameterOf(request, "service");
  if (!isSid(sid, "MG")) throw notFound(request);
  return { ...callerOf(request), sid: canonicalSid<MessagingServiceSid>(sid) };
}

/** The same for a service that exists; throws `not-found` otherwise. */
export async function existingServiceInPath(db: Queryable, request: FastifyRequest): Promise<ServiceTarget> {
  const target = serviceInPath(request);
  if ((await findMessagingService(db, target.accountSid, target.sid)) === null) throw notFound(request);
  return target;
}
