// How one environment variable is described: how its text is read, what it takes in words, its default, what it is
// for. The same description makes the reader, the error messages and the reference page.

import { z } from "zod";

export interface SettingDescription {
  /** What it is for, as sentences. */
  readonly about: string;
  /** The values it takes, as the end of "takes …". */
  readonly takes: string;
  /** The text that stands for it while it is unset; undefined if `unset` tells. */
  readonly fallback: string | undefined;
  /** What happens while it is unset, in words; undefined if there is a fallback. */
  readonly unset: string | undefined;
  /** Its value must not be shown, not even in an error. */
  readonly secret: boolean;
}

interface SettingInput<Value> extends Omit<SettingDescription, "fallback" | "unset" | "secret"> {
  /** Undefined means that the text is not what the setting takes. */
  readonly parse: (text: string) => Value | undefined;
  readonly secret?: boolean;
}

export const settingDescriptions = z.registry<SettingDescription>();

function reader<Value>({ parse, takes }: SettingInput<Value>) {
  return z.string().transform((text, context): Value => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: "custom", message: takes });
    return z.NEVER;
  });
}

/** A setting with a default text, which is read like any other text. */
export function setting<Value>(input: SettingInput<Value> & { readonly fallback: string }) {
  const { about, takes, fallback, secret = false } = input;
  return reader(input)
    .prefault(fallback)
    .register(settingDescriptions, { about, takes, fallback, unset: undefined, secret });
}

/** A setting that may be unset: null then. `unset` says what happens in that case. */
export function optionalSetting<Value>(input: SettingInput<Value> & { readonly unset: string }) {
  const { about, takes, unset, secret = false } = input;
  return reader(input)
    .nullable()
    .default(null)
    .register(settingDescriptions, { about, takes, fallback: undefined, unset, secret });
}
