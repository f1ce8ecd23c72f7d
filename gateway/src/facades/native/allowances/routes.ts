// Where an account sends to, and what its protection leaves alone: geo permissions and the safe list.

import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { countries } from "../../../core/addresses/countries.ts";
import type { Clock } from "../../../core/clock.ts";
import { parseSafeListNumber } from "../../../core/protection/safe-list.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import { readCountryUsage } from "../../../services/country-usage.ts";
import type { GeoPermissions } from "../../../services/geo-permissions.ts";
import { addToSafeList, removeFromSafeList } from "../../../services/safe-list.ts";
import type { Database, Queryable } from "../../../store/database.ts";
import { listSafeList } from "../../../store/safe-list.ts";
import { accountFor, actorFor, operators } from "../auth.ts";
import { invalidFields } from "../errors.ts";
import { commonErrors, nothing } from "../schema.ts";
import * as schema from "./schema.ts";

export interface AllowanceRoutesDeps {
  readonly db: Database;
  readonly listDb: Queryable;
  readonly clock: Clock;
  readonly authenticator: Authenticator;
  readonly geoPermissions: GeoPermissions;
}

const tags = ["protection"];
const safeListPath = "/accounts/:sid/safe-list";
const geoPath = "/accounts/:sid/geo-permissions";

export function registerAllowanceRoutes(app: FastifyInstance, deps: AllowanceRoutesDeps): void {
  registerSafeList(app, deps);
  registerGeoPermissions(app, deps);
  registerUsage(app, deps);
}

function registerSafeList(app: FastifyInstance, { db, authenticator }: AllowanceRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  routes.get(
    safeListPath,
    {
      schema: {
        ...{ tags, summary: "Numbers that protection and geo permissions leave alone" },
        ...{ params: schema.accountParams, querystring: schema.safeListQuery },
        response: { 200: schema.safeListReply, ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.params.sid);
      const { after, limit } = request.query;
      const found = await listSafeList(db, accountSid, { after, limit: limit + 1 });
      const entries = found.slice(0, limit);
      return { entries, next: found.length > limit ? (entries.at(-1)?.number ?? null) : null };
    },
  );
  routes.post(
    safeListPath,
    {
      config: { roles: operators },
      schema: {
        ...{ tags, summary: "Put a number, or a thousand of them, on the safe list" },
        ...{ params: schema.accountParams, body: schema.safeListBody },
        response: { 201: schema.safeListEntry, ...commonErrors },
      },
    },
    async (request, reply) => {
      const caller = await actorFor(authenticator, request, request.params.sid);
      return reply.code(201).send(await addToSafeList(db, caller, spelled(request.body.number, "body")));
    },
  );
  routes.delete(
    `${safeListPath}/:number`,
    {
      config: { roles: operators },
      schema: {
        ...{ tags, summary: "Take an entry off the safe list", params: schema.entryParams },
        response: { 204: nothing, ...commonErrors },
      },
    },
    async (request, reply) => {
      const caller = await actorFor(authenticator, request, request.params.sid);
      await removeFromSafeList(db, caller, spelled(request.params.number, "params"));
      return reply.code(204).send(null);
    },
  );
}

function spelled(text: string, place: "body" | "params"): string {
  const number = parseSafeListNumber(text);
  if (number !== null) return number;
  const message = "must be a phone number with its +, or one whose last three digits are xxx";
  throw invalidFields([{ in: place, field: "number", message }]);
}

function registerUsage(app: FastifyInstance, { listDb, clock, authenticator }: AllowanceRoutesDeps): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    `${geoPath}/usage`,
    {
      schema: {
        ...{ tags, summary: "Which countries the last seven days' messages went to", params: schema.accountParams },
        response: { 200: schema.geoUsageReply, ...commonErrors },
      },
    },
    async (request) => {
      const accountSid = await accountFor(authenticator, request, request.params.sid);
      const { since, estimated, countries: used } = await readCountryUsage({ db: listDb, clock }, accountSid);
      return { since: since.toISOString(), estimated, countries: [...used] };
    },
  );
}

function registerGeoPermissions(app: FastifyInstance, { authenticator, geoPermissions }: AllowanceRoutesDeps): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const of = { tags, params: schema.accountParams, response: { 200: schema.geoReply, ...commonErrors } };
  const read = async (accountSid: Parameters<GeoPermissions["load"]>[0]) => {
    const disabled = await geoPermissions.load(accountSid);
    return { countries: countries.map(({ code, prefix }) => ({ code, prefix, enabled: !disabled.has(code) })) };
  };
  routes.get(
    geoPath,
    { schema: { ...of, summary: "The countries that an account sends to" } },
    async (request) => await read(await accountFor(authenticator, request, request.params.sid)),
  );
  routes.patch(
    geoPath,
    {
      config: { roles: operators },
      schema: { ...of, summary: "Allow or forbid countries", body: schema.geoBody },
    },
    async (request) => {
      const caller = await actorFor(authenticator, request, request.params.sid);
      const known = new Set(countries.map(({ code }) => code));
      const wrong = request.body.changes.flatMap(({ code }, index) =>
        known.has(code)
          ? []
          : [{ in: "body", field: `changes.${index}.code`, message: "is no country that has numbers" }],
      );
      if (wrong.length > 0) throw invalidFields(wrong);
      const changes = request.body.changes.map(({ code, enabled }) => ({ country: code, enabled }));
      await geoPermissions.change(caller, changes);
      return await read(caller.accountSid);
    },
  );
}
