// Templated requests: what a message makes of them, and what is wrong with them when they are saved. Every value is escaped
// for where it stands. A template that has a problem is never sent, whether it was checked when it was saved or not.

import type { z } from "zod";
import type { httpRequest } from "./settings.ts";
import { type BodyTemplate, compileBody, renderBody } from "./template/body.ts";
import { headerProblem, renderHeader } from "./template/headers.ts";
import { parseTemplateText } from "./template/placeholders.ts";
import { compileUrl, renderUrl, type UrlTemplate } from "./template/url.ts";

export type RequestTemplate = z.output<typeof httpRequest>;

/** Values by the names of their placeholders; a name without a value stands for nothing. */
export type TemplateValues = Readonly<Record<string, string>>;

export interface RenderedRequest {
  readonly kind: "request";
  readonly method: "GET" | "POST";
  readonly url: string;
  /** Values as an HTTP client wants them: one character for each byte. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface TemplateProblem {
  /** `requests[0].url`, `requests[0].headers.X-To` … */
  readonly field: string;
  /** What is wrong, to be read after the field. Never holds a value of a message. */
  readonly reason: string;
}

export type RenderResult = RenderedRequest | ({ readonly kind: "problem" } & TemplateProblem);

/** The request for a message. */
export function renderRequest(template: RequestTemplate, values: TemplateValues): RenderResult {
  const { url, body, problems } = compile(template, "request");
  const [problem] = problems;
  if (url === null || problem !== undefined) return { kind: "problem", ...(problem ?? missing("request.url")) };
  const valueFor = (name: string) => (Object.hasOwn(values, name) ? (values[name] ?? "") : "");
  const target = renderUrl(url, valueFor);
  if ("problem" in target) return { kind: "problem", field: "request.url", reason: target.problem };
  const headers: Record<string, string> = {};
  for (const [name, text] of Object.entries(template.headers ?? {})) {
    const value = renderHeader(text, valueFor);
    if (value === null) {
      return { kind: "problem", field: `request.headers.${name}`, reason: "cannot hold a value with line breaks" };
    }
    headers[name] = value;
  }
  if (body !== null && contentTypeOf(template) === null) headers["content-type"] = body.contentType;
  return {
    kind: "request",
    method: template.method,
    url: target.url,
    headers,
    body: body === null ? null : renderBody(body, valueFor),
  };
}

/** Everything that is wrong with the requests of a provider; none: they may be saved. */
export function checkTemplate(requests: readonly RequestTemplate[]): TemplateProblem[] {
  if (requests.length === 0) return [{ field: "requests", reason: "must hold a request" }];
  return requests.flatMap((request, index) => {
    const field = `requests[${index}]`;
    const again = requests.findIndex(({ deliveryMethod }) => deliveryMethod === request.deliveryMethod) < index;
    return [
      ...(again ? [{ field: `${field}.deliveryMethod`, reason: "may be there only once" }] : []),
      ...compile(request, field).problems,
      ...missingPlaceholders(request, field),
    ];
  });
}

interface Compiled {
  readonly url: UrlTemplate | null;
  readonly body: BodyTemplate | null;
  readonly problems: readonly TemplateProblem[];
}

function compile(template: RequestTemplate, field: string): Compiled {
  const url = compileUrl(template.url);
  const source = bodyOf(template);
  const body = source === null ? null : compileBody(source, contentTypeOf(template));
  const problems: TemplateProblem[] = [];
  if (typeof url === "string") problems.push({ field: `${field}.url`, reason: url });
  for (const [name, value] of Object.entries(template.headers ?? {})) {
    const reason = headerProblem(name, value);
    if (reason !== null) problems.push({ field: `${field}.headers.${name}`, reason });
  }
  if (typeof body === "string") problems.push({ field: `${field}.body`, reason: body });
  return {
    url: typeof url === "string" ? null : url,
    body: typeof body === "string" ? null : body,
    problems,
  };
}

/** A request must carry the recipient and the text: in the URL, or in the body where it has one. */
function missingPlaceholders(template: RequestTemplate, field: string): TemplateProblem[] {
  const inUrl = parseTemplateText(template.url).names;
  const inBody = parseTemplateText(bodyOf(template) ?? "").names;
  const absent = ["to", "message"].filter((name) => !inUrl.includes(name) && !inBody.includes(name));
  const place = template.method === "GET" ? "url" : "body";
  return absent.map((name) => ({ field: `${field}.${place}`, reason: `must contain \${${name}}` }));
}

function bodyOf({ method, body }: RequestTemplate): string | null {
  return method === "GET" || body === undefined || body === "" ? null : body;
}

function contentTypeOf({ headers = {} }: RequestTemplate): string | null {
  const entry = Object.entries(headers).find(([name]) => name.toLowerCase() === "content-type");
  return entry?.[1] ?? null;
}

function missing(field: string): TemplateProblem {
  return { field, reason: "must be an http or https URL" };
}
