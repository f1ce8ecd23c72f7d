// The Twilio surface as a part of /openapi.json, from the operations.ts of each resource folder.

import type { OpenapiOperation, OpenapiPart, OpenapiSchema } from "../../openapi-part.ts";
import { accountDescription } from "../accounts/operations.ts";
import { applicationDescription } from "../applications/operations.ts";
import { availableNumberDescription } from "../available-numbers/operations.ts";
import { keyDescription } from "../keys/operations.ts";
import { messageDescription } from "../messages/operations.ts";
import { numberDescription } from "../numbers/operations.ts";
import { tokenDescription } from "../oauth/operations.ts";
import { authTokenDescription } from "../products/auth-tokens/operations.ts";
import { consentDescription } from "../products/bulk-consents/operations.ts";
import { credentialDescription } from "../products/credentials/operations.ts";
import { geoPermissionDescription } from "../products/geo-permissions/operations.ts";
import { iamKeyDescription } from "../products/keys/operations.ts";
import { safeListDescription } from "../products/safe-list/operations.ts";
import { serviceSenderDescription } from "../products/service-senders/operations.ts";
import { serviceDescription } from "../products/services/operations.ts";
import { shortCodeDescription } from "../short-codes/operations.ts";
import { type Description, type Field, type Fields, type Operation, text, whole } from "./describe.ts";

const descriptions: readonly Description[] = [
  messageDescription,
  numberDescription,
  shortCodeDescription,
  applicationDescription,
  availableNumberDescription,
  accountDescription,
  keyDescription,
  serviceDescription,
  serviceSenderDescription,
  authTokenDescription,
  credentialDescription,
  consentDescription,
  safeListDescription,
  geoPermissionDescription,
  iamKeyDescription,
  tokenDescription,
];

const named = (name: string): string => `Twilio${name}`;
const reference = (name: string): OpenapiSchema => ({ $ref: `#/components/schemas/${named(name)}` });

const errorFields: Fields = {
  code: whole("Twilio's error code: programs may rely on it."),
  message: text(),
  more_info: text(),
  status: whole("The HTTP status again."),
};
const paging: Fields = {
  PageSize: whole("1 to 1000; default 50."),
  Page: whole("Its number, for the links; a page is found by its token."),
  PageToken: text("From the links of another page."),
};

export const twilioOpenapi: OpenapiPart = {
  tags: descriptions.map(({ tag, about }) => ({ name: tagOf(tag), description: about })),
  paths: pathsOf(descriptions),
  schemas: Object.fromEntries([
    [named("Error"), objectOf(errorFields)],
    ...descriptions.flatMap(({ schemas }) =>
      Object.entries(schemas).map(([name, fields]) => [named(name), objectOf(fields)]),
    ),
  ]),
};

function tagOf(tag: string): string {
  return `Twilio: ${tag}`;
}

function pathsOf(all: readonly Description[]): OpenapiPart["paths"] {
  const paths: Record<string, Record<string, OpenapiOperation>> = {};
  for (const { tag, operations } of all) {
    for (const operation of operations) {
      paths[operation.path] = { ...paths[operation.path], [operation.method]: operationOf(tag, operation) };
    }
  }
  return paths;
}

function operationOf(tag: string, operation: Operation): OpenapiOperation {
  const { path, summary, query = {}, form, list } = operation;
  const asked = list === undefined ? query : { ...query, ...paging };
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    ...{ name, in: "path" as const, required: true },
    schema: { type: "string" },
  }));
  return {
    tags: [tagOf(tag)],
    summary,
    ...(operation.open ? { security: [] } : {}),
    parameters: [...inPath, ...Object.entries(asked).map(([name, field]) => queryParameter(name, field))],
    ...(form === undefined || Object.keys(form).length === 0 ? {} : { requestBody: formOf(form) }),
    responses: {
      [operation.status]: answerOf(operation),
      default: { description: "Refused.", content: { "application/json": { schema: reference("Error") } } },
    },
  };
}

function queryParameter(name: string, { needed, ...schema }: Field) {
  return { name, in: "query" as const, required: needed === true, schema };
}

function formOf(form: Fields) {
  return { content: { "application/x-www-form-urlencoded": { schema: objectOf(form) } } };
}

function answerOf({ path, answer, list }: Operation) {
  if (answer === undefined) return { description: "Done." };
  const schema = list === undefined ? reference(answer) : pageOf(path, answer, list);
  return { description: "Done.", content: { "application/json": { schema } } };
}

/** A page of v2010 has its links beside the array, one of a product API has them in `meta`. */
function pageOf(path: string, answer: string, key: string): OpenapiSchema {
  const items = { type: "array", items: reference(answer) };
  const links = path.startsWith("/2010-04-01/")
    ? { first_page_uri: text(), next_page_uri: text(), previous_page_uri: text(), uri: text(), page: whole() }
    : { meta: { type: "object", description: "The links to this page, the first, the next and the previous one." } };
  return { type: "object", properties: { [key]: items, ...links } };
}

function objectOf(fields: Fields): OpenapiSchema {
  const entries = Object.entries(fields);
  const required = entries.filter(([, { needed }]) => needed).map(([name]) => name);
  const properties = Object.fromEntries(entries.map(([name, { needed: _needed, ...schema }]) => [name, schema]));
  return { type: "object", properties, ...(required.length === 0 ? {} : { required }) };
}
