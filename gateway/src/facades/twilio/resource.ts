// Sending a resource or a list: in the format that the path asked for (v2010), or as JSON.

import type { FastifyReply, FastifyRequest } from "fastify";
import { answer } from "./call.ts";
import { presentCsv } from "./csv.ts";
import type { Format } from "./routing.ts";
import { type JsonObject, xmlDocument, xmlList, xmlResource } from "./xml.ts";

/** Answers with JSON: all that the product APIs have. */
export function sendJson(
  request: FastifyRequest,
  reply: FastifyReply,
  body: JsonObject,
  { status = 200, headers }: { readonly status?: number; readonly headers?: Record<string, string> } = {},
): FastifyReply {
  return answer(request, reply, {
    status,
    contentType: "application/json; charset=utf-8",
    body: JSON.stringify(body),
    ...(headers === undefined ? {} : { headers }),
  });
}

/** Answers with one resource; `name` is its element in XML. */
export function sendResource(
  request: FastifyRequest,
  reply: FastifyReply,
  resource: JsonObject,
  as: {
    readonly status: number;
    readonly format: Format;
    readonly name: string;
    readonly headers?: Record<string, string>;
  },
): FastifyReply {
  if (as.format === "json") return sendJson(request, reply, resource, as);
  return answer(request, reply, {
    status: as.status,
    contentType: "application/xml",
    body: xmlDocument(xmlResource(as.name, resource)),
    ...(as.headers === undefined ? {} : { headers: as.headers }),
  });
}

export interface ListForm {
  /** Key of the array in JSON, and the two elements in XML. */
  readonly key: string;
  readonly name: string;
  readonly itemName: string;
  /** Columns of the CSV form. */
  readonly columns?: readonly string[];
}

/** Answers with a page of a list. The status must be 200: SDKs take no other. */
export function sendList(
  request: FastifyRequest,
  reply: FastifyReply,
  list: { readonly envelope: JsonObject; readonly items: readonly JsonObject[] },
  { format, ...form }: ListForm & { readonly format: Format },
): FastifyReply {
  const { envelope, items } = list;
  if (format === "csv") {
    const body = presentCsv(form.columns ?? Object.keys(items[0] ?? {}), items);
    return answer(request, reply, { status: 200, contentType: "text/csv; charset=utf-8", body });
  }
  if (format === "json") return sendJson(request, reply, { ...envelope, [form.key]: items });
  const body = xmlDocument(xmlList(form.name, form.itemName, envelope, items));
  return answer(request, reply, { status: 200, contentType: "application/xml", body });
}

/** 204, as every delete answers. */
export function sendDeleted(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return answer(request, reply, { status: 204 });
}
