// The rarely used parameters of a create request: read into MessageOptions, absent when they say the default.

import { GatewayError, type GatewayErrorCode } from "../errors.ts";
import { isStorable } from "../storable-text.ts";
import type { MessageOptions } from "./message.ts";
import type { MessageRequest } from "./request.ts";

const noOptions: MessageOptions = Object.freeze({});
const tagsMax = 10;
const textCharactersMax = 128;

/** Throws a GatewayError for the first value that cannot be read. */
export function readOptions(request: MessageRequest): MessageOptions {
  if (!hasOptions(request)) return noOptions;
  const options: { -readonly [Key in keyof MessageOptions]: MessageOptions[Key] } = {};
  if (isTrue(request.provideFeedback)) options.provideFeedback = true;
  if (isTrue(request.smartEncoded)) options.smartEncoded = true;
  if (request.maxPrice) options.maxPrice = readNumber(request.maxPrice, "max-price-invalid", "'MaxPrice' is a number.");
  if (request.attempt) {
    options.attempt = readNumber(request.attempt, "invalid-parameter", "'Attempt' is a whole number.", "Attempt");
  }
  const content = readChoice(request.contentRetention, ["retain", "discard"], "content-retention-invalid");
  if (content) options.contentRetention = content;
  const address = readChoice(request.addressRetention, ["retain", "obfuscate"], "address-retention-invalid");
  if (address) options.addressRetention = address;
  const risk = readChoice(request.riskCheck, ["enable", "disable"], "invalid-parameter");
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

function readNumber(text: string, code: GatewayErrorCode, message: string, parameter = ""): number {
  const value = Number(text);
  if (Number.isFinite(value) && text.trim() !== "") return value;
  throw new GatewayError(code, message, { values: { parameter } });
}

function readChoice<Choice extends string>(
  text: string | undefined,
  choices: readonly Choice[],
  code: GatewayErrorCode,
): Choice | undefined {
  if (!text) return undefined;
  const choice = choices.find((candidate) => candidate === text.toLowerCase());
  if (choice !== undefined) return choice;
  throw new GatewayError(code, `Choose one of ${choices.join(", ")}.`, { values: { parameter: "RiskCheck" } });
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
