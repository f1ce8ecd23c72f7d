// What the signature checker takes and gives.

import { z } from "zod";
import { accountQuery, httpUrl, text } from "../schema.ts";

export const checkBody = z.strictObject({
  ...accountQuery,
  url: httpUrl.describe("As the application sees it: with its query, as the gateway was told to call it."),
  fields: z
    .array(z.strictObject({ name: text.max(256), value: text.max(16_384) }))
    .max(200)
    .default([])
    .describe("The form fields of a POST, decoded; none for a GET."),
  signature: text.min(1).max(200).describe("The value of X-Twilio-Signature."),
});

export const checkReply = z
  .object({
    matches: z
      .enum(["primary", "secondary"])
      .nullable()
      .describe("The auth token that it was made with; null: neither of the account's."),
    signedText: z
      .string()
      .describe("What is signed: the URL, then the fields by their names, without anything between."),
  })
  .meta({ id: "SignatureCheck" });
