// What comes in for short codes: the form of an update, the filters of a list.

import type { NumberFilter } from "../../../store/numbers.ts";
import type { SenderChanges } from "../../../store/sender-changes.ts";
import type { Form } from "../form.ts";
import { readMessagingChanges } from "../numbers/schema.ts";
import type { EchoedFilters } from "../paging.ts";
import { given } from "../products/parameters.ts";
import { readApiVersion, readFilters } from "../webhook-parameters.ts";

/** Throws a GatewayError for the first value that is wrong. Parameters that are not given are absent. */
export function readShortCodeChanges(form: Form): SenderChanges {
  return { ...readMessagingChanges(form), settings: given("apiVersion", readApiVersion(form)) };
}

export function readShortCodeFilters(query: Form): { filter: NumberFilter; echoed: EchoedFilters } {
  const { filters, echoed } = readFilters(query, ["FriendlyName", "ShortCode"]);
  const code = filters.ShortCode?.replace(/[\\%_]/g, "\\$&");
  const filter = { ...given("friendlyName", filters.FriendlyName), ...given("addressLike", code) };
  return { filter: { kind: "short_code", ...filter }, echoed };
}
