// The style of the gateway's two plain pages: no scripts, no fonts or images from elsewhere.

import { createHash } from "node:crypto";

const style = `
:root{color-scheme:light dark;--bg:#fff;--soft:#f4f5f7;--line:#e2e5ea;--text:#1b2330;--dim:#5b6675;--accent:#0b6bcb;
--get:#0b6bcb;--post:#1a7f4b;--put:#9a5b00;--patch:#7a4fb5;--delete:#b3261e}
@media (prefers-color-scheme:dark){:root{--bg:#12161c;--soft:#1a2028;--line:#2b333e;--text:#e6eaf0;--dim:#98a3b3;
--accent:#6db3ff;--get:#6db3ff;--post:#5fc98f;--put:#e0a95a;--patch:#b794f0;--delete:#ff8a80}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:16px/1.55 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2.5rem 1.25rem 5rem}
h1{font-size:1.9rem;margin:0 0 .25rem}
h2{font-size:1.25rem;margin:2.75rem 0 .25rem;text-transform:capitalize}
h4{font-size:.8rem;margin:1.25rem 0 .4rem;text-transform:uppercase;letter-spacing:.05em;color:var(--dim)}
p{margin:.35rem 0 .8rem}.dim{color:var(--dim)}a{color:var(--accent)}
code,pre{font:.88em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
code{background:var(--soft);border-radius:4px;padding:.1em .3em}
pre{background:var(--soft);border:1px solid var(--line);border-radius:8px;padding:.85rem 1rem;overflow-x:auto}
pre code{background:none;padding:0}
nav{display:flex;flex-wrap:wrap;gap:.4rem 1.1rem;margin:1.25rem 0}
details{border:1px solid var(--line);border-radius:8px;margin:.6rem 0}
details[open]{background:color-mix(in srgb,var(--soft) 40%,transparent)}
summary{display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:baseline;padding:.6rem .9rem;cursor:pointer}
summary::-webkit-details-marker{display:none}
details>div{padding:0 1rem 1rem}
.method{font:700 .78rem ui-monospace,monospace;min-width:3.6rem}
.get{color:var(--get)}.post{color:var(--post)}.put{color:var(--put)}.patch{color:var(--patch)}.delete{color:var(--delete)}
.path{font:.92rem ui-monospace,SFMono-Regular,Menlo,monospace}
.table{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.92rem}
td,th{text-align:left;vertical-align:top;padding:.35rem .75rem .35rem 0;border-top:1px solid var(--line)}
th{color:var(--dim);font-weight:500;border-top:0}
`;

/** Only this very style may apply, and nothing may be loaded or run. */
export const pageSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='7' fill='%230b6bcb'/%3E%3Cpath d='M7 10h18M16 10v14' stroke='white' stroke-width='4' stroke-linecap='round'/%3E%3C/svg%3E";

/** A whole page. `title` is text, `content` is HTML. */
export function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)}</title><link rel="icon" href="${icon}"><style>${style}</style></head>
<body><main>
${content}
</main></body></html>
`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
