// The models of PingOne's Go SDK as strict schemas: what it would decode, with nothing in it that it does not know.

import { z } from "zod";

const link = z.strictObject({ href: z.url() });
const links = z.strictObject({ self: link, environment: link });
const time = z.iso.datetime({ precision: 3 });
const uuid = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);

const number = z.strictObject({
  number: z.string(),
  type: z.enum(["PHONE_NUMBER", "TOLL_FREE", "SHORT_CODE"]),
  selected: z.boolean(),
  available: z.boolean(),
  capabilities: z.array(z.enum(["SMS", "VOICE"])).min(1),
  supportedCountries: z.array(z.string().length(2)).min(1).optional(),
});

const resource = {
  _links: links,
  id: uuid,
  environment: z.strictObject({ id: uuid }),
  name: z.string().optional(),
  createdAt: time,
  updatedAt: time,
};

/** NotificationsSettingsPhoneDeliverySettingsTwilioSyniverse. */
export const twilioSetting = z.strictObject({
  ...resource,
  provider: z.literal("CUSTOM_TWILIO"),
  sid: z.string().length(34),
  numbers: z.array(number),
});

export const messagingServiceSetting = z.strictObject({
  ...resource,
  name: z.string(),
  provider: z.literal("CUSTOM_TWILIO_MESSAGING_SERVICE"),
  sid: z.string().length(34),
  messagingServices: z.array(
    z.strictObject({ selected: z.boolean(), name: z.string(), messagingServiceId: z.string().regex(/^MG/) }),
  ),
});

export const verifySetting = z.strictObject({
  ...resource,
  provider: z.literal("CUSTOM_TWILIO_VERIFY"),
  sid: z.string().length(34),
  verifyServiceId: z.string().regex(/^VA/),
});

export const syniverseSetting = z.strictObject({
  ...resource,
  provider: z.literal("CUSTOM_SYNIVERSE"),
  numbers: z.array(number),
});

const authentication = z.discriminatedUnion("method", [
  z.strictObject({ method: z.literal("BASIC"), username: z.string() }),
  z.strictObject({ method: z.literal("BEARER") }),
  z.strictObject({ method: z.literal("CUSTOM_HEADER"), headerName: z.string() }),
  z.strictObject({
    method: z.literal("OAUTH2"),
    authUrl: z.url(),
    grantType: z.enum(["CLIENT_CREDENTIALS", "JWT_BEARER"]),
    clientId: z.string().optional(),
    scopes: z.array(z.string()).optional(),
    clientAuthenticationMethod: z.enum(["BASIC_AUTH_HEADER", "BODY"]).optional(),
  }),
]);

/** NotificationsSettingsPhoneDeliverySettingsCustom. */
export const customSetting = z.strictObject({
  ...resource,
  name: z.string(),
  provider: z.literal("CUSTOM_PROVIDER"),
  requests: z
    .array(
      z.strictObject({
        deliveryMethod: z.enum(["SMS", "VOICE"]),
        method: z.enum(["GET", "POST"]),
        url: z.string(),
        phoneNumberFormat: z.enum(["FULL", "NUMBER_ONLY"]),
        body: z.string().optional(),
        headers: z.record(z.string(), z.string()).optional(),
        beforeTag: z.string().optional(),
        afterTag: z.string().optional(),
      }),
    )
    .min(1),
  authentication,
  numbers: z.array(number.partial({ capabilities: true })).optional(),
});

export function collection(name: string, item: z.ZodType) {
  return z.strictObject({
    _links: z.strictObject({ self: link }),
    _embedded: z.strictObject({ [name]: z.array(item) }),
    count: z.int(),
    size: z.int(),
  });
}

/** NotificationsSettings. */
export const notificationSettings = z.strictObject({
  _links: links,
  id: uuid,
  environment: z.strictObject({ id: uuid }),
  deliveryMode: z.enum(["ALL", "WHITELIST"]),
  smsProvidersFallbackChain: z.array(z.union([uuid, z.literal("PINGONE_TWILIO")])),
  emailProviderFallbackChain: z.array(z.literal("PINGONE_EMAIL")),
  from: z.strictObject({ name: z.string().optional(), address: z.string() }),
  replyTo: z.strictObject({ name: z.string().optional(), address: z.string() }).optional(),
  whitelist: z.array(z.strictObject({ user: z.strictObject({ id: z.string() }) })).optional(),
  restrictions: z.strictObject({ smsVoiceQuota: z.strictObject({ daily: z.int() }).optional() }).optional(),
  defaultLanguage: z.string().optional(),
  updatedAt: time,
});

export const environment = z.strictObject({
  _links: z.strictObject({ self: link }),
  id: uuid,
  organization: z.strictObject({ id: uuid }),
  license: z.strictObject({ id: uuid }),
  name: z.string(),
  type: z.enum(["SANDBOX", "PRODUCTION"]),
  region: z.enum(["NA", "EU", "AP", "CA", "AU", "SG"]),
  status: z.string().optional(),
  createdAt: time,
  updatedAt: time,
});

/** P1Error: numbers in innerError must be integers, or the SDK cannot decode it. */
export const errorBody = z.strictObject({
  id: uuid,
  code: z.enum([
    "INVALID_DATA",
    "INVALID_REQUEST",
    "REQUEST_FAILED",
    "ACCESS_FAILED",
    "NOT_FOUND",
    "REQUEST_LIMITED",
    "UNEXPECTED_ERROR",
  ]),
  message: z.string().min(1),
  details: z
    .array(
      z.strictObject({
        code: z.string().regex(/^[A-Z_]+$/),
        target: z.string().optional(),
        message: z.string().min(1),
        innerError: z
          .strictObject({
            rangeMinimumValue: z.int().optional(),
            rangeMaximumValue: z.int().optional(),
            maximumValue: z.int().optional(),
            allowedPattern: z.string().optional(),
            allowedValues: z.array(z.string()).optional(),
            referencedValues: z.array(z.string()).optional(),
            existingId: z.string().optional(),
          })
          .optional(),
      }),
    )
    .min(1)
    .optional(),
});
