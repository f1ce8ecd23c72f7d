// What providers are called that somebody made without a name, which some dialects allow.

import type { ProviderKind } from "./provider.ts";

export const unnamed: Readonly<Record<ProviderKind, string>> = { twilio: "Twilio", http: "HTTP", sandbox: "Sandbox" };
