// The forms of the sign-in pages. What is missing is empty: the page is shown again, or refused.

export interface InteractionForm {
  readonly action: string;
  readonly csrf: string;
  readonly email: string;
  readonly password: string;
}

export function readForm(body: unknown): InteractionForm {
  const fields = new URLSearchParams(typeof body === "string" ? body : "");
  const field = (name: string): string => fields.get(name) ?? "";
  return { action: field("action"), csrf: field("csrf"), email: field("email"), password: field("password") };
}
