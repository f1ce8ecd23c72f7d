// The AvailablePhoneNumbers resource, which number pickers ask. The gateway keeps no stock of numbers: its lists are empty,
// and in the sandbox any valid number can be bought.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isCountry, listCountries } from "../../../core/addresses/phone-number.ts";
import { callerOf, notFound, pathOf } from "../call.ts";
import { sendList, sendResource } from "../resource.ts";
import { type Format, parameterOf, registerCollection, registerItem, withoutSuffix } from "../routing.ts";
import { presentCountry } from "./present.ts";
import { availableTypes } from "./types.ts";

export function registerAvailableNumberRoutes(app: FastifyInstance): void {
  async function listAll(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const { accountSid } = callerOf(request);
    const items = listCountries().map((code) => presentCountry(accountSid, code));
    const form = { key: "countries", name: "Countries", itemName: "Country", format };
    return sendList(request, reply, { envelope: { uri: pathOf(request) }, items }, form);
  }

  async function fetch(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    const country = presentCountry(callerOf(request).accountSid, countryOf(request));
    return sendResource(request, reply, country, { status: 200, format, name: "Country" });
  }

  async function listNone(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<FastifyReply> {
    countryOf(request);
    const form = { key: "available_phone_numbers", name: "AvailablePhoneNumbers", itemName: "AvailablePhoneNumber" };
    return sendList(request, reply, { envelope: { uri: pathOf(request) }, items: [] }, { ...form, format });
  }

  const base = "/Accounts/:account/AvailablePhoneNumbers";
  registerCollection(app, base, { GET: listAll });
  registerItem(app, `${base}/:country`, { GET: fetch });
  for (const type of availableTypes) registerCollection(app, `${base}/:country/${type}`, { GET: listNone });
}

function countryOf(request: FastifyRequest): string {
  const country = withoutSuffix(parameterOf(request, "country"));
  if (!isCountry(country)) throw notFound(request);
  return country;
}
