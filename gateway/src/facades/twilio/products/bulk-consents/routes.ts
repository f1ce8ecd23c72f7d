// Consents in bulk: what contacts have said elsewhere, written to the one consent store that sending obeys.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { Clock } from "../../../../core/clock.ts";
import { storeConsents } from "../../../../services/contact-items.ts";
import type { Database } from "../../../../store/database.ts";
import { requireRole } from "../../auth.ts";
import { callerOf, formOf } from "../../call.ts";
import { sendJson } from "../../resource.ts";
import { registerPath } from "../../routing.ts";
import { presentItems, storeItems } from "../bulk-items.ts";
import { createMinuteLimit } from "../limits.ts";
import { readConsents } from "./schema.ts";

const requestsPerMinute = 100;
const failedItemCode = 30646;

interface Deps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
}

export function registerBulkConsentRoutes(app: FastifyInstance, deps: Deps): void {
  const limit = createMinuteLimit(deps.clock, requestsPerMinute);

  async function create(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const caller = callerOf(request);
    requireRole(caller.principal, "owner", "operator");
    limit(caller.accountSid);
    const checked = readConsents(formOf(request), deps.clock.nowMs());
    const items = await storeItems(checked, (consents) => storeConsents(deps, caller, consents));
    return sendJson(request, reply, presentItems(items, failedItemCode), { status: 201 });
  }

  registerPath(app, "/Consents/Bulk", { POST: create });
}
