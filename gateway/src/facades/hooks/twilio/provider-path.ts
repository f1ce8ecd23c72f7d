// The part of a hook's path that names the provider.

import { GatewayError } from "../../../core/errors.ts";
import type { Uuid } from "../../../core/ids.ts";

const uuidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export interface ProviderPath {
  readonly provider: string;
}

/** Throws `not-found` for what is no id. */
export function providerIdOf({ provider }: ProviderPath): Uuid {
  if (!uuidForm.test(provider)) throw noProvider();
  return provider.toLowerCase() as Uuid;
}

export function noProvider(): GatewayError {
  return new GatewayError("not-found", "This gateway has no provider of this id. Was it deleted?");
}
