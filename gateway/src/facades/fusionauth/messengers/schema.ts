// What comes in for messengers: the JSON of a request becomes a Messenger, with every wrong type told at once; then its values
// are checked, with every wrong value told at once. FusionAuth's order: conversion first, validation only of what converts.

import { isStorable } from "../../../core/storable-text.ts";
import { type Errors, fieldError, invalidJson, refuse } from "../errors.ts";
import { type Fields, instants, invalid, isBlank, readFields, required, tooLong } from "../fields.ts";
import { isJsonObject, type JsonObject } from "../json/parse.ts";
import { writeJson } from "../json/write.ts";
import {
  type GenericMessenger,
  type MessageType,
  type Messenger,
  messageTypes,
  type TwilioMessenger,
} from "./messenger.ts";

const common = [
  "data",
  "debug",
  "id",
  "insertInstant",
  "lastUpdateInstant",
  "messageTypes",
  "name",
  "transport",
  "type",
];
const known = {
  Twilio: [...common, "accountSID", "authToken", "fromPhoneNumber", "messagingServiceSid", "url"],
  Generic: [
    ...[...common, "connectTimeout", "headers", "httpAuthenticationPassword", "httpAuthenticationUsername"],
    ...["readTimeout", "sslCertificate", "sslCertificateId", "url"],
  ],
} as const;

const intMax = 2 ** 31 - 1;
const longestText = { name: 200, url: 4000, secret: 4096, id: 200, certificate: 65_536, dataCharacters: 900_000 };

/** The messenger in `{"messenger": …}`. Throws the 400 with all that cannot be converted. */
export function readMessenger(request: JsonObject): Messenger {
  const given = request["messenger"] ?? {};
  if (!isJsonObject(given)) throw refuse(conversion("messenger", "expected an object"));
  const type = typeOf(given);
  const fields = readFields(given, "messenger", known[type]);
  const messenger = type === "Twilio" ? readTwilio(fields) : readGeneric(fields);
  // Read, so that a wrong type is told; what they say is not the client's to decide.
  fields.uuid("id");
  fields.text("transport");
  fields.integer("insertInstant", instants);
  fields.integer("lastUpdateInstant", instants);
  if (fields.errors.length > 0) throw refuse(...fields.errors);
  return messenger;
}

function conversion(name: string, detail: string): Errors {
  return invalidJson(name, "Possible conversion error", detail, name);
}

function typeOf({ type = null }: JsonObject): Messenger["type"] {
  if (type === null || type === "Twilio") return "Twilio";
  if (type === "Generic") return type;
  const found = typeof type === "string" ? type : writeJson(type);
  const hint = found === "Kafka" ? ". Messengers of this type cannot send messages through this gateway" : "";
  const detail = `Expected the type field to be one of [Generic, Kafka, Twilio], but found [${found}]${hint}`;
  throw refuse(invalidJson("unknown", "Possible conversion error", detail));
}

function readCommon(fields: Fields) {
  return {
    name: fields.text("name"),
    data: fields.object("data") ?? {},
    debug: fields.flag("debug") ?? false,
    messageTypes: readTypes(fields),
  };
}

function readTypes(fields: Fields): readonly MessageType[] {
  const given = fields.list("messageTypes");
  if (given === undefined) return ["SMS"];
  const types = given.map((one) => messageTypes.find((type) => type === one));
  if (types.includes(undefined)) fields.refuse("messageTypes", `expected members of [${messageTypes.join(", ")}]`);
  return [...new Set(types.filter((type) => type !== undefined))];
}

function readTwilio(fields: Fields): TwilioMessenger {
  return {
    type: "Twilio",
    ...readCommon(fields),
    accountSID: fields.text("accountSID"),
    authToken: fields.text("authToken"),
    fromPhoneNumber: fields.text("fromPhoneNumber"),
    messagingServiceSid: fields.text("messagingServiceSid"),
    url: readUrl(fields),
  };
}

function readGeneric(fields: Fields): GenericMessenger {
  const anyInt = { min: -intMax - 1, max: intMax };
  return {
    type: "Generic",
    ...readCommon(fields),
    connectTimeout: fields.integer("connectTimeout", anyInt),
    readTimeout: fields.integer("readTimeout", anyInt),
    headers: fields.texts("headers") ?? {},
    httpAuthenticationUsername: fields.text("httpAuthenticationUsername"),
    httpAuthenticationPassword: fields.text("httpAuthenticationPassword"),
    sslCertificate: fields.text("sslCertificate"),
    sslCertificateId: fields.uuid("sslCertificateId"),
    url: readUrl(fields),
  };
}

// What RFC 3986 has no place for; beyond ASCII FusionAuth is lenient.
const notInUri = /[\s"<>\\^`{|}\p{Cc}]|%(?![0-9a-fA-F]{2})/u;

function readUrl(fields: Fields): string | undefined {
  const url = fields.text("url");
  // Placeholders are those of a template that another dialect has set up.
  return url !== undefined && notInUri.test(url.replace(/\$\{\w*\}/g, ""))
    ? fields.refuse("url", "expected a URI")
    : url;
}

/**
 * Everything that is wrong with the values of a messenger; empty: nothing. `before`: as it was shown, null for a new one. A
 * sender or a URL that another dialect has done without is not demanded.
 */
export function checkMessenger(messenger: Messenger, before: JsonObject | null): readonly Errors[] {
  const needsUrl = before === null || before["url"] !== undefined;
  const needsSender =
    before === null || before["fromPhoneNumber"] !== undefined || before["messagingServiceSid"] !== undefined;
  const own = messenger.type === "Twilio" ? checkTwilio(messenger, needsSender) : checkGeneric(messenger);
  const url = needsUrl || messenger.url !== undefined ? checkUrl(messenger.url) : [];
  return [...checkCommon(messenger), ...url, ...own];
}

function checkCommon({ name, data, messageTypes }: Messenger): Errors[] {
  const large = writeJson(data).length > longestText.dataCharacters;
  return [
    ...(isBlank(name) ? [required("messenger.name", "blank")] : checkText("name", name, longestText.name)),
    ...(messageTypes.length === 0 ? [required("messenger.messageTypes", "empty")] : []),
    ...(large ? [fieldError("tooLong", "messenger.data", "The [messenger.data] property is too large.")] : []),
  ];
}

function checkText(name: string, text: string | undefined, charactersMax: number): readonly Errors[] {
  const field = `messenger.${name}`;
  if (text !== undefined && !isStorable(text)) return [invalid(field, "It must be well-formed text without U+0000.")];
  return tooLong(field, text, charactersMax);
}

function checkUrl(url: string | undefined): readonly Errors[] {
  if (isBlank(url)) return [required("messenger.url", "missing")];
  const parsed = URL.parse(url ?? "");
  const absolute = parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.hostname !== "";
  if (!absolute || !/^https?:\/\//i.test(url ?? ""))
    return [invalid("messenger.url", "It must be an absolute http or https URL.")];
  return checkText("url", url, longestText.url);
}

function checkTwilio(messenger: TwilioMessenger, needsSender: boolean): Errors[] {
  const { accountSID, authToken, fromPhoneNumber, messagingServiceSid } = messenger;
  const senderless = needsSender && isBlank(fromPhoneNumber) && isBlank(messagingServiceSid);
  return [
    ...(isBlank(accountSID)
      ? [required("messenger.accountSID", "blank")]
      : checkText("accountSID", accountSID, longestText.id)),
    ...checkText("authToken", authToken, longestText.secret),
    ...(senderless
      ? [required("messenger.fromPhoneNumber", "blank")]
      : checkText("fromPhoneNumber", fromPhoneNumber, longestText.id)),
    ...checkText("messagingServiceSid", messagingServiceSid, longestText.id),
  ];
}

function checkGeneric(messenger: GenericMessenger): Errors[] {
  const { httpAuthenticationUsername, httpAuthenticationPassword, sslCertificate, headers } = messenger;
  return [
    ...checkTimeout("connectTimeout", messenger.connectTimeout),
    ...checkTimeout("readTimeout", messenger.readTimeout),
    ...checkHeaders(headers),
    ...checkText("httpAuthenticationUsername", httpAuthenticationUsername, longestText.id),
    ...checkText("httpAuthenticationPassword", httpAuthenticationPassword, longestText.secret),
    ...checkText("sslCertificate", sslCertificate, longestText.certificate),
  ];
}

function checkTimeout(name: string, ms: number | undefined): Errors[] {
  const field = `messenger.${name}`;
  if (ms === undefined) return [required(field, "missing")];
  return ms > 0 ? [] : [invalid(field, "It must be more than 0 milliseconds.")];
}

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;

function checkHeaders(headers: Readonly<Record<string, string>>): Errors[] {
  const wrong = Object.entries(headers).filter(
    ([name, value]) =>
      !headerName.test(name) || value.length > longestText.secret || !isStorable(value) || /[\r\n]/.test(value),
  );
  if (writeJson(headers).length > longestText.certificate) return [invalid("messenger.headers", "They are too large.")];
  return wrong.map(([name]) => invalid("messenger.headers", `[${name}] cannot be sent as a header.`));
}
