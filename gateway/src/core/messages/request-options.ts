// The rarely used parameters of a create request: read into MessageOptions, absent when they say the default.

import { GatewayError, type GatewayErrorCode } from "../errors.ts";
import { isStorable } from "../storable-text.ts";
import type { MessageOptions } from "./message.ts";
import type { MessageRequest } from "./request.ts";

const noOptions: MessageOptions = Object.freeze({});
const tagsMax = 10;
const textCharactersMax = 128;
// Decimal, as forms write numbers: what JavaScript also reads as one (0x10, Infinity) is none.
const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/i;
const wholeNumber = /^\d{1,9}$/;
const contentRetention = { choices: ["retain", "discard"], code: "content-retention-invalid" } as const;
const addressRetention = { choices: ["retain", "obfuscate"], code: "address-retention-invalid" } as const;
const riskCheck = { choices: ["enable", "disable"], code: "invalid-parameter" } as const;

/** Throws a GatewayError for the first value that cannot be read. */
export function readOptions(request: MessageRequest): MessageOptions {
  if (!hasOptions(request)) return noOptions;
  const options: { -readonly [Key in keyof MessageOptions]: MessageOptions[Key] } = {};
  if (isTrue(request.provideFeedback)) options.provideFeedback = true;
  if (isTrue(request.smartEncoded)) options.smartEncoded = true;
  if (request.maxPrice) options.maxPrice = readPrice(request.maxPrice);
  if (request.attempt) options.attempt = readAttempt(request.attempt);
  const content = readChoice(request.contentRetention, "ContentRetention", contentRetention);
  if (content) options.contentRetention = content;
  const address = readChoice(request.addressRetention, "AddressRetention", addressRetention);
  if (address) options.addressRetention = address;
  const risk = readChoice(request.riskCheck, "RiskCheck", riskCheck);
  if (risk) options.riskCheck = risk;
  if (request.tags) options.tags = readTags(request.tags);
  if (request.messageIntent) options.messageIntent = readText(request.messageIntent, "MessageIntent");
  return options;
}

function hasOptions(request: MessageRequest): boolean {
  return Boolean(
    request.provideFeedback ||
      request.smartEncoded ||
      request.maxPrice ||
      request.attempt ||
      request.contentRetention ||
      request.addressRetention ||
      request.riskCheck ||
      request.tags ||
      request.messageIntent,
  );
}

/** SDKs write `true` and `false`; people also write `True`, `1`. */
function isTrue(text: string | undefined): boolean {
  return text !== undefined && /^(true|1)$/i.test(text);
}

function readPrice(text: string): number {
  const price = decimal.test(text.trim()) ? Number(text) : Number.NaN;
  if (Number.isFinite(price)) return price;
  throw new GatewayError("max-price-invalid", "'MaxPrice' is a number.", { values: { parameter: "MaxPrice" } });
}

function readAttempt(text: string): number {
  if (wholeNumber.test(text.trim())) return Number(text);
  throw new GatewayError("invalid-parameter", "'Attempt' is a whole number.", { values: { parameter: "Attempt" } });
}

function readChoice<Choice extends string>(
  text: string | undefined,
  parameter: string,
  { choices, code }: { readonly choices: readonly Choice[]; readonly code: GatewayErrorCode },
): Choice | undefined {
  if (!text) return undefined;
  const choice = choices.find((candidate) => candidate === text.toLowerCase());
  if (choice !== undefined) return choice;
  throw new GatewayError(code, `'${parameter}' is one of ${choices.join(", ")}.`, { values: { parameter } });
}

function readText(text: string, parameter: string): string {
  if (!isStorable(text)) {
    throw new GatewayError("invalid-parameter", `'${parameter}' is no well-formed text.`, { values: { parameter } });
  }
  if (text.length <= textCharactersMax) return text;
  throw new GatewayError("parameter-too-long", `'${parameter}' has at most ${textCharactersMax} characters.`, {
    values: { parameter },
  });
}

function readTags(text: string): Record<string, string> {
  const invalid = (): GatewayError =>
    new GatewayError("invalid-parameter", `'Tags' is a JSON object of at most ${tagsMax} texts.`, {
      values: { parameter: "Tags" },
    });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new GatewayError("invalid-parameter", "'Tags' is not JSON.", { values: { parameter: "Tags" }, cause });
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw invalid();
  const entries = Object.entries(parsed);
  const texts = entries.every(
    ([key, value]) =>
      typeof value === "string" &&
      key.length <= textCharactersMax &&
      value.length <= textCharactersMax &&
      isStorable(key) &&
      isStorable(value),
  );
  if (entries.length > tagsMax || !texts) throw invalid();
  return Object.fromEntries(entries);
}
