// The page for a sign-in that cannot go on.

import { escapeHtml, page } from "./style.ts";

/** `message`: what is wrong, for people; `code`: for whoever maintains the application. */
export function presentFailure(message: string, code: string): string {
  return page(
    "Sign-in failed",
    `<h1>This cannot go on</h1>
<p>${escapeHtml(sentence(message))}</p>
<p class="dim">Go back to the application and start again. If it happens again, tell whoever runs the application:
<code>${escapeHtml(code)}</code></p>`,
  );
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
