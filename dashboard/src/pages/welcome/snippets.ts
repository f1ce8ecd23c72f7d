// The first message in three languages, ready to paste, with this gateway's address and the account's credentials in it.

export interface SnippetValues {
  readonly origin: string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly from: string;
  readonly to: string;
}

export const snippetLanguages = ["curl", "Node", "Python"] as const;
export type SnippetLanguage = (typeof snippetLanguages)[number];

const text = "Hello from Trunkline";

const snippets: Readonly<Record<SnippetLanguage, (values: SnippetValues) => string>> = {
  curl: ({ origin, accountSid, authToken, from, to }) =>
    `curl -u ${accountSid}:${authToken} \\
  ${origin}/2010-04-01/Accounts/${accountSid}/Messages.json \\
  --data-urlencode 'From=${from}' \\
  --data-urlencode 'To=${to}' \\
  --data-urlencode 'Body=${text}'`,
  Node: ({ origin, accountSid, authToken, from, to }) =>
    `import twilio from "twilio"; // npm install twilio

const client = twilio("${accountSid}", "${authToken}");
client.api.baseUrl = "${origin}";

const message = await client.messages.create({
  from: "${from}",
  to: "${to}",
  body: "${text}",
});
console.log(message.sid, message.status);`,
  Python: ({ origin, accountSid, authToken, from, to }) =>
    `from twilio.rest import Client  # pip install twilio

client = Client("${accountSid}", "${authToken}")
client.api.base_url = "${origin}"

message = client.messages.create(
    from_="${from}",
    to="${to}",
    body="${text}",
)
print(message.sid, message.status)`,
};

export function snippet(language: SnippetLanguage, values: SnippetValues): string {
  return snippets[language](values);
}

/** What the page itself sends. */
export const firstMessage = text;
