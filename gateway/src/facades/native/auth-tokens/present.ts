// Auth tokens as the native API shows them.

import type { z } from "zod";
import type { SecondaryToken } from "../../../services/auth-tokens.ts";
import type { TokenTimes } from "../../../store/auth-tokens.ts";
import type { secondaryToken, tokens } from "./schema.ts";

export function presentTokens({ primarySince, secondarySince }: TokenTimes): z.output<typeof tokens> {
  return {
    primary: { since: primarySince.toISOString() },
    secondary: secondarySince && { createdAt: secondarySince.toISOString() },
  };
}

export function presentSecondary({ token, createdAt }: SecondaryToken): z.output<typeof secondaryToken> {
  return { token, createdAt: createdAt.toISOString() };
}
