// The REST paths of the service, from the annotations of its definition. A `{field}` is one segment, which may be empty.

import { type DescMethodUnary, getOption } from "@bufbuild/protobuf";
import { methods } from "../call.ts";
import { http } from "../generated/google/api/annotations_pb.js";

/** What all paths begin with. */
export const prefix = "/admin/v1";

export interface RestRoute {
  readonly method: DescMethodUnary;
  readonly verb: string;
  readonly segments: readonly string[];
  /** The JSON body is the request. */
  readonly takesBody: boolean;
}

export interface RestMatch {
  readonly route: RestRoute;
  /** Values of path parameters, by field name. */
  readonly fields: Readonly<Record<string, string>>;
}

export const routes: readonly RestRoute[] = methods.map((method) => {
  const { pattern, body } = getOption(method, http);
  if (pattern.case === undefined) throw new Error(`${method.name} has no path`);
  return {
    method,
    verb: pattern.case.toUpperCase(),
    segments: pattern.value.slice(1).split("/"),
    takesBody: body === "*",
  };
});

/**
 * First words of the paths that ZITADEL's admin API has for other things.
 */
const otherParts = new Set(
  (
    "aggregates domains email events export failedevents features healthz idps import instances languages members " +
    "milestones notification orgs policies restrictions secretgenerators settings smtp text trusted_domains views"
  ).split(" "),
);

/**
 * `path`: below the prefix, decoded, beginning with a slash. The match; or the verbs that the path takes, none: it is
 * unknown; `other`: a part of the API that is not here.
 */
export function matchPath(verb: string, path: string): RestMatch | { readonly allowed: readonly string[] } | "other" {
  const segments = path.slice(1).split("/");
  const matches = routes.flatMap((route) => {
    const fields = fieldsOf(route, segments);
    return fields === null ? [] : [{ route, fields }];
  });
  // What is written out goes before a parameter.
  const found = matches.filter(({ route }) => route.verb === verb).sort((a, b) => parameters(a) - parameters(b))[0];
  if (found !== undefined) return found;
  const [first] = segments;
  if (matches.length === 0 && first !== undefined && otherParts.has(first)) return "other";
  return { allowed: [...new Set(matches.map(({ route }) => route.verb))].sort() };
}

function parameters({ fields }: RestMatch): number {
  return Object.keys(fields).length;
}

function fieldsOf(route: RestRoute, segments: readonly string[]): Record<string, string> | null {
  if (segments.length !== route.segments.length) return null;
  const fields: Record<string, string> = {};
  for (const [index, expected] of route.segments.entries()) {
    const given = segments[index] ?? "";
    const parameter = /^\{(.+)\}$/.exec(expected)?.[1];
    if (parameter !== undefined) fields[parameter] = given;
    else if (expected !== given) return null;
  }
  return fields;
}
