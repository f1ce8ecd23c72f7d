// Messaging geo permissions: which countries the account sends to. All, until it says otherwise.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { countries } from "../../../../core/addresses/countries.ts";
import type { GeoPermissions } from "../../../../services/geo-permissions.ts";
import { requireRole } from "../../auth.ts";
import { callerOf, formOf, queryOf } from "../../call.ts";
import { sendJson } from "../../resource.ts";
import { registerPath } from "../../routing.ts";
import { presentChanges, presentPermissions } from "./present.ts";
import { readChanges, readCountries } from "./schema.ts";

export function registerGeoPermissionRoutes(
  app: FastifyInstance,
  { geoPermissions }: { readonly geoPermissions: GeoPermissions },
): void {
  const byCode = new Map(countries.map((country) => [country.code, country]));

  async function fetch(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { accountSid } = callerOf(request);
    const asked = readCountries(queryOf(request))?.flatMap((code) => byCode.get(code) ?? []) ?? countries;
    return sendJson(request, reply, presentPermissions(asked, await geoPermissions.load(accountSid)));
  }

  async function update(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const caller = callerOf(request);
    requireRole(caller.principal, "owner", "operator");
    const items = readChanges(formOf(request));
    const changes = items.flatMap(({ change }) => change ?? []);
    if (changes.length > 0) await geoPermissions.change(caller, changes);
    return sendJson(request, reply, presentChanges(items));
  }

  registerPath(app, "/Messaging/GeoPermissions", { GET: fetch, PATCH: update });
}
