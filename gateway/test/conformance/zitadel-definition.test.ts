// The service definition is the gateway's own; it must say what ZITADEL's says: numbers, types, paths, permissions, limits.

import { type DescField, type DescMessage, getOption, hasOption, toJson } from "@bufbuild/protobuf";
import { FieldDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { http as theirHttp } from "@zitadel/proto/google/api/annotations_pb.js";
import { HttpRuleSchema as TheirHttpRuleSchema } from "@zitadel/proto/google/api/http_pb.js";
import { FieldRulesSchema as TheirRulesSchema, rules as theirRules } from "@zitadel/proto/validate/validate_pb.js";
import { AdminService as TheirService } from "@zitadel/proto/zitadel/admin_pb.js";
import { ErrorDetailSchema as TheirErrorDetail } from "@zitadel/proto/zitadel/message_pb.js";
import { auth_option as theirAuth } from "@zitadel/proto/zitadel/options_pb.js";
import { describe, expect, it } from "vitest";
import { HttpRuleSchema, http } from "../../src/facades/zitadel/generated/google/api/annotations_pb.js";
import { FieldRulesSchema, rules } from "../../src/facades/zitadel/generated/validate/validate_pb.js";
import { AdminService } from "../../src/facades/zitadel/generated/zitadel/admin_pb.js";
import { ErrorDetailSchema } from "../../src/facades/zitadel/generated/zitadel/message_pb.js";
import { auth_option } from "../../src/facades/zitadel/generated/zitadel/options_pb.js";

/** What ZITADEL's newer servers have, and the published package has not yet. */
const newer = [
  "zitadel.admin.v1.AddSMSProviderHTTPResponse.signing_key",
  "zitadel.admin.v1.UpdateSMSProviderHTTPRequest.expiration_signing_key",
  "zitadel.admin.v1.UpdateSMSProviderHTTPResponse.signing_key",
  "zitadel.settings.v1.HTTPConfig.signing_key",
];

type Describe = (field: DescField) => unknown;

/** Every message that `schema` is made of, by field; those of Google's own aside. */
function describeMessages(schema: DescMessage, describeRules: Describe, found = new Map<string, unknown>()) {
  for (const field of schema.fields) {
    const name = `${schema.typeName}.${field.name}`;
    if (found.has(name)) continue;
    const { type, label, number, jsonName, typeName } = toJson(FieldDescriptorProtoSchema, field.proto);
    const oneof = field.oneof?.name;
    const values =
      field.fieldKind === "enum" ? field.enum.values.map((value) => [value.name, value.number]) : undefined;
    found.set(name, { type, label, number, jsonName, typeName, oneof, values, rules: describeRules(field) });
    const message = field.fieldKind === "message" || field.fieldKind === "list" ? field.message : undefined;
    if (message !== undefined && !message.typeName.startsWith("google."))
      describeMessages(message, describeRules, found);
  }
  return found;
}

const ourRulesOf: Describe = (field) =>
  hasOption(field, rules) ? toJson(FieldRulesSchema, getOption(field, rules)) : undefined;
const theirRulesOf: Describe = (field) =>
  hasOption(field, theirRules) ? toJson(TheirRulesSchema, getOption(field, theirRules)) : undefined;

describe("the service definition", () => {
  it("has ZITADEL's ten methods about SMS providers", () => {
    const theirs = TheirService.methods.map(({ name }) => name).filter((name) => name.includes("SMSProvider"));
    expect(AdminService.methods.map(({ name }) => name).sort()).toEqual(theirs.sort());
    expect(AdminService.typeName).toBe(TheirService.typeName);
  });

  it.each(AdminService.methods.map((method) => [method.name, method] as const))("%s is ZITADEL's", (name, method) => {
    const theirs = TheirService.methods.find((one) => one.name === name);
    if (theirs === undefined) throw new Error(`ZITADEL has no ${name}`);
    expect(method.methodKind).toBe(theirs.methodKind);
    expect(toJson(HttpRuleSchema, getOption(method, http))).toEqual(
      toJson(TheirHttpRuleSchema, getOption(theirs, theirHttp)),
    );
    expect(getOption(method, auth_option).permission).toBe(getOption(theirs, theirAuth).permission);
    for (const side of ["input", "output"] as const) {
      expect(method[side].typeName).toBe(theirs[side].typeName);
      const known = describeMessages(theirs[side], theirRulesOf);
      const ours = [...describeMessages(method[side], ourRulesOf)].filter(([field]) => !newer.includes(field));
      expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(known));
    }
  });

  it("has ZITADEL's error detail", () => {
    const ours = describeMessages(ErrorDetailSchema, ourRulesOf);
    expect(ours).toEqual(describeMessages(TheirErrorDetail, theirRulesOf));
    expect(ErrorDetailSchema.typeName).toBe(TheirErrorDetail.typeName);
  });
});
