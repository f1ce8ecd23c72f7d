// Bodies: which content types a call takes, and its JSON. A content type counts only where there is a body, as in FusionAuth.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { generalError, invalidJson, refuse, unsupportedType } from "./errors.ts";
import { isJsonObject, type Json, type JsonObject, parseJson } from "./json/parse.ts";
import { writeJson } from "./json/write.ts";

const jsonType = "application/json";
const patchTypes = ["application/json-patch+json", "application/merge-patch+json"] as const;
/** What FusionAuth reads somewhere: at the wrong place these are named with what is right. */
const otherTypes = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "application/scim+json"];

export type PatchFlavour = "legacy" | "json-patch" | "merge-patch";

/** Every body as its bytes: what they mean is decided after the caller is known. */
export function readBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, bytes, done) => done(null, bytes));
}

/** The JSON object of a POST or PUT. Throws the 400 for anything else. */
export function bodyOf(request: FastifyRequest): JsonObject {
  const bytes = bytesOf(request);
  checkType(request, [jsonType]);
  return objectOf(jsonOf(bytes));
}

/** The JSON of a PATCH, and by which rules it changes. Throws the 400 for anything else. */
export function patchOf(request: FastifyRequest): { readonly flavour: PatchFlavour; readonly patch: Json } {
  const bytes = bytesOf(request);
  const type = checkType(request, [jsonType, ...patchTypes]);
  const patch = jsonOf(bytes);
  if (type === "application/json-patch+json") return { flavour: "json-patch", patch };
  return { flavour: type === "application/merge-patch+json" ? "merge-patch" : "legacy", patch: objectOf(patch) };
}

function bytesOf({ body }: FastifyRequest): Uint8Array {
  if (body instanceof Uint8Array && body.length > 0) return body;
  throw refuse(generalError("missing", "Your request is missing a JSON body."));
}

function checkType({ headers }: FastifyRequest, allowed: readonly string[]): string {
  const given = headers["content-type"]?.trim() ?? "";
  if (given === "")
    throw refuse(generalError("MissingContentType", "Missing required [Content-Type] HTTP request header."));
  const type = (given.split(";", 1)[0] ?? "").trim().toLowerCase();
  if (allowed.includes(type)) return type;
  if (patchTypes.some((patch) => patch === type)) {
    const message = `The [Content-Type] HTTP request header value of [${given}] is not supported for this request.`;
    throw refuse(generalError("PatchNotSupported", message));
  }
  if (type !== jsonType && !otherTypes.includes(type)) {
    throw refuse(unsupportedType(given));
  }
  const supported = [...allowed].sort().join(", ");
  const message = `Invalid [Content-Type] HTTP request header value of [${given}]. Supported values for this request include [${supported}].`;
  throw refuse(generalError("InvalidContentType", message));
}

function jsonOf(bytes: Uint8Array): Json {
  const parsed = parseJson(bytes);
  if (parsed.kind === "json") return parsed.value;
  throw refuse(invalidJson("unknown", "Unexpected processing exception", parsed.detail));
}

function objectOf(value: Json): JsonObject {
  if (isJsonObject(value)) return value;
  if (value === null) throw refuse(generalError("missing", "Your request is missing a JSON body."));
  throw refuse(invalidJson("unknown", "Unexpected mapping exception", "the body must be a JSON object"));
}

/** 200 with a body in FusionAuth's form. */
export function sendJson(reply: FastifyReply, body: JsonObject): FastifyReply {
  return reply
    .code(200)
    .headers({ "content-type": "application/json; charset=UTF-8", "cache-control": "no-cache" })
    .send(writeJson(body));
}

/** 200 without a body. */
export function sendNothing(reply: FastifyReply): FastifyReply {
  return reply.code(200).header("cache-control", "no-cache").send();
}
