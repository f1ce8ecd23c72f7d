// The two plain pages as HTML: the description of the API, and the start page. Everything that comes from data is
// escaped; no page loads or runs anything.

import {
  type ApiContent,
  type ApiDocument,
  type ApiOperation,
  type ApiSchema,
  aboutOf,
  type Field,
  fieldsOf,
  typeOf,
} from "./document.ts";
import { escapeHtml, page } from "./style.ts";

interface Operation extends ApiOperation {
  readonly method: string;
  readonly path: string;
}

export function presentDocs(document: ApiDocument, publicUrl: string): string {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method, path })),
  );
  const tags = document.tags ?? [];
  const sections = tags.map(({ name, description = "" }) => {
    const own = operations.filter((operation) => operation.tags?.includes(name));
    const details = own.map((operation) => presentOperation(document, operation, publicUrl)).join("\n");
    return `<section><h2 id="${escapeHtml(name)}">${escapeHtml(name)}</h2><p class="dim">${inline(description)}</p>\n${details}</section>`;
  });
  const links = tags.map(({ name }) => `<a href="#${escapeHtml(name)}">${escapeHtml(name)}</a>`);
  const about = (document.info.description ?? "").split("\n\n").map((paragraph) => `<p>${inline(paragraph)}</p>`);
  return page(
    `${document.info.title} API`,
    `<h1>${escapeHtml(document.info.title)} API</h1>
<p class="dim">Version ${escapeHtml(document.info.version)} · <a href="/openapi.json">openapi.json</a> · <a href="/">start page</a></p>
${about.join("\n")}
<nav>${links.join("\n")}</nav>
${sections.join("\n")}`,
  );
}

function presentOperation(document: ApiDocument, operation: Operation, publicUrl: string): string {
  const { method, path, summary = "", description = "", parameters = [], requestBody, responses = {} } = operation;
  const given = parameters.map((parameter) => ({
    name: `${parameter.name} (${parameter.in})`,
    type: typeOf(document, parameter.schema),
    required: parameter.required === true,
    about: aboutOf({ ...parameter.schema, ...(parameter.description ? { description: parameter.description } : {}) }),
  }));
  const body = schemaOf(requestBody);
  const [success] = Object.entries(responses).filter(([status]) => status.startsWith("2"));
  const answer =
    success === undefined ? "" : presentTable(`Answer ${success[0]}`, fieldsOf(document, schemaOf(success[1])));
  const errors = Object.keys(responses).filter((status) => !status.startsWith("2"));
  return `<details><summary><span class="method ${escapeHtml(method)}">${escapeHtml(method.toUpperCase())}</span>
<span class="path">${escapeHtml(path)}</span><span class="dim">${escapeHtml(summary)}</span></summary><div>
${description === "" ? "" : `<p>${inline(description)}</p>`}
${presentTable("Parameters", given)}${presentTable("Body", fieldsOf(document, body))}${answer}
${errors.length === 0 ? "" : `<p class="dim">Errors: ${errors.map((status) => `<code>${escapeHtml(status)}</code>`).join(" ")}</p>`}
<h4>Example</h4><pre><code>${escapeHtml(curlOf(operation, publicUrl))}</code></pre></div></details>`;
}

function schemaOf(content: ApiContent | undefined): ApiSchema | undefined {
  return Object.values(content?.content ?? {})[0]?.schema;
}

function presentTable(title: string, fields: readonly Field[]): string {
  if (fields.length === 0) return "";
  const rows = fields.map(
    ({ name, type, required, about }) =>
      `<tr><td><code>${escapeHtml(name)}</code></td><td>${escapeHtml(type)}</td><td>${required ? "" : "optional"}</td><td>${inline(about)}</td></tr>`,
  );
  return `<h4>${escapeHtml(title)}</h4><div class="table"><table>${rows.join("")}</table></div>\n`;
}

function curlOf({ method, path, requestBody }: Operation, publicUrl: string): string {
  const url = `${publicUrl}${path.replace(/\{(\w+)\}/g, (_all, name: string) => `$${name.toUpperCase()}`)}`;
  const verb = method === "get" ? "" : `-X ${method.toUpperCase()} `;
  const stream = path.endsWith("/events") ? "-N " : "";
  const isForm = requestBody?.content?.["application/x-www-form-urlencoded"] !== undefined;
  const json = ` \\\n  -H 'Content-Type: application/json' -d '{ … }'`;
  const data = requestBody === undefined ? "" : isForm ? ` \\\n  --data-urlencode 'Name=value'` : json;
  return `curl ${stream}${verb}-u "$ACCOUNT_SID:$AUTH_TOKEN" "${url}"${data}`;
}

/** Text with \`code\` in it. */
function inline(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, "<code>$1</code>");
}

export function presentStart(version: string, publicUrl: string): string {
  const first = `curl -u "$ACCOUNT_SID:$AUTH_TOKEN" \\
  "${publicUrl}/2010-04-01/Accounts/$ACCOUNT_SID/Messages.json" \\
  --data-urlencode "From=+12025550100" \\
  --data-urlencode "To=+12025550123" \\
  --data-urlencode "Body=Hello from Trunkline"`;
  const tail = `curl -N -u "$ACCOUNT_SID:$AUTH_TOKEN" "${publicUrl}/trunkline/v1/events"`;
  return page(
    "Trunkline",
    `<h1>Trunkline</h1>
<p class="dim">Version ${escapeHtml(version)} · a self-hosted, Twilio-compatible SMS gateway</p>
<p>The dashboard has not been built here: <code>npm start</code> in a clone builds it, <code>npm run build -w dashboard</code> builds it alone.</p>
<nav><a href="/docs">API documentation</a> <a href="/openapi.json">openapi.json</a> <a href="/metrics">metrics</a> <a href="/readyz">readiness</a></nav>
<h4>Send a first message</h4>
<p>The gateway printed the account's credentials when it first started, and keeps them in <code>credentials.json</code> in its data directory. From is one of the account's numbers.</p>
<pre><code>${escapeHtml(first)}</code></pre>
<h4>Watch it arrive</h4>
<pre><code>${escapeHtml(tail)}</code></pre>
<p>Any Twilio SDK works with <code>${escapeHtml(publicUrl)}</code> as its base URL.</p>`,
  );
}
