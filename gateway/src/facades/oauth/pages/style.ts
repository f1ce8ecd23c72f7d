// The look of the sign-in pages: no scripts, no fonts or images from elsewhere; light and dark, readable at any width.

import { createHash } from "node:crypto";

const style = `
:root{color-scheme:light dark;--bg:#f4f6f9;--card:#fff;--line:#d6dbe3;--text:#18212f;--dim:#5a6575;--accent:#0b63bd;
--on-accent:#fff;--bad:#a3241c;--bad-bg:#fdeceb}
@media (prefers-color-scheme:dark){:root{--bg:#0f1319;--card:#181e27;--line:#343e4c;--text:#e8ecf2;--dim:#a0abba;
--accent:#7bbcff;--on-accent:#0b1520;--bad:#ffb0a8;--bad-bg:#3a1a18}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--bg);color:var(--text);
font:16px/1.5 system-ui,sans-serif;padding:1rem}
main{width:100%;max-width:25rem;background:var(--card);border:1px solid var(--line);border-radius:14px;padding:2rem;
box-shadow:0 1px 2px rgb(0 0 0/.05),0 12px 32px rgb(0 0 0/.08)}
.brand{display:flex;align-items:center;gap:.6rem;font-weight:650;margin-bottom:1.5rem}
.brand svg{width:1.75rem;height:1.75rem;flex:none}
h1{font-size:1.35rem;line-height:1.3;margin:0 0 .35rem;overflow-wrap:anywhere}
p{margin:.35rem 0 1rem}.dim{color:var(--dim)}
ul{margin:0 0 1.25rem;padding-left:1.2rem}li{margin:.3rem 0}
label{display:block;font-weight:550;margin:0 0 .3rem}
input{width:100%;font:inherit;color:inherit;background:var(--bg);border:1px solid var(--line);border-radius:8px;
padding:.6rem .7rem;margin:0 0 1rem}
button{width:100%;font:inherit;font-weight:600;border:1px solid transparent;border-radius:8px;padding:.65rem;
cursor:pointer;background:var(--accent);color:var(--on-accent);margin:.25rem 0}
button.plain{background:none;color:var(--text);border-color:var(--line)}
input:focus-visible,button:focus-visible{outline:3px solid color-mix(in srgb,var(--accent) 45%,transparent);
outline-offset:1px}
.problem{background:var(--bad-bg);color:var(--bad);border-radius:8px;padding:.65rem .8rem;margin:0 0 1rem}
code{font:.85em ui-monospace,monospace;overflow-wrap:anywhere}
`;

export const styleHash = `sha256-${createHash("sha256").update(style).digest("base64")}`;

const mark =
  '<svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8" fill="#0b63bd"/><path d="M7 10h18M16 10v14" stroke="#fff" stroke-width="4" stroke-linecap="round"/></svg>';

/** A whole page. `title` is text, `content` is HTML. */
export function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex"><title>${escapeHtml(title)} · Trunkline</title>
<link rel="icon" href="data:,"><style>${style}</style></head>
<body><main><div class="brand">${mark}<span>Trunkline</span></div>
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
