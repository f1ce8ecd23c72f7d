// The recipes themselves: for each platform what to paste where, with this gateway's addresses and the account's ids in it.
// Secrets are named, never shown.

export interface RecipeValues {
  /** Of the gateway, without a slash at the end. */
  readonly origin: string;
  readonly accountSid: string;
  readonly environmentId: string;
  readonly resourceOwner: string;
  readonly from: string;
  /** Of the newest hook that ZITADEL calls; null: none has been made. */
  readonly hookPath: string | null;
}

export interface RecipeStep {
  readonly title: string;
  readonly about?: string;
  readonly code: string;
}

export interface Recipe {
  readonly name: string;
  readonly about: string;
  /** What is made here first: an incoming hook; or a key, and the form in which it is pasted (`{key}`). */
  readonly needs?: "zitadel-hook" | { readonly keyForm: string };
  readonly steps: (values: RecipeValues) => readonly RecipeStep[];
}

const sdks: Recipe = {
  name: "Twilio SDKs",
  about: "One origin serves all of Twilio's products that the gateway has. Only the base URL changes.",
  steps: ({ origin, accountSid, from }) => [
    {
      title: "Node",
      code: `import twilio from "twilio";

const client = twilio("${accountSid}", process.env.TWILIO_AUTH_TOKEN);
for (const product of [client.api, client.accounts, client.messaging, client.iam]) {
  product.baseUrl = "${origin}";
}
await client.messages.create({ from: "${from}", to: "+12025550142", body: "Hello" });`,
    },
    {
      title: "Python",
      code: `import os
from twilio.rest import Client

client = Client("${accountSid}", os.environ["TWILIO_AUTH_TOKEN"])
client.api.base_url = client.accounts.base_url = client.messaging.base_url = "${origin}"
client.messages.create(from_="${from}", to="+12025550142", body="Hello")`,
    },
    {
      title: "Anything else that speaks HTTP",
      code: `curl -u "${accountSid}:$TWILIO_AUTH_TOKEN" \\
  ${origin}/2010-04-01/Accounts/${accountSid}/Messages.json \\
  --data-urlencode 'From=${from}' --data-urlencode 'To=+12025550142' --data-urlencode 'Body=Hello'`,
    },
  ],
};

/** An access key would do as well; this is what a client of the platform does. */
function tokenStep(endpoint: string, scope?: string): RecipeStep {
  return {
    title: "Get $TOKEN",
    about:
      "Under Access, Keys, make one for “A service that gets tokens by OAuth 2”: it gives the client id and secret. An access key can be used as $TOKEN too.",
    code: `TOKEN=$(curl -sS ${endpoint} -u "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=client_credentials${scope === undefined ? "" : ` -d scope=${scope}`} \\
  | sed 's/.*"access_token" *: *"\\([^"]*\\)".*/\\1/')`,
  };
}

const zitadel: Recipe = {
  name: "ZITADEL",
  about:
    "ZITADEL sends its codes through the gateway: stored at once, retried, failing over. Its clients can manage the gateway's providers as well, with the admin API that they know.",
  needs: "zitadel-hook",
  steps: ({ origin, hookPath }) => [
    {
      title: "In ZITADEL: make an HTTP provider with the hook's address, and activate it",
      about: `${hookPath === null ? "Make the hook above first: its address is filled in here. " : ""}The first answer has the id, and the signing key that the hook wants. Servers refuse private addresses: take the gateway's off their deny list if it has one.`,
      code: `curl https://zitadel.example.com/admin/v1/sms/http \\
  -H "Authorization: Bearer $ZITADEL_TOKEN" -H 'Content-Type: application/json' \\
  -d '{"endpoint": "${origin}${hookPath ?? "/hooks/zitadel/ID_OF_THE_HOOK"}", "description": "Trunkline"}'
curl -X POST https://zitadel.example.com/admin/v1/sms/$ID/_activate -H "Authorization: Bearer $ZITADEL_TOKEN"`,
    },
    {
      title: "Or manage the gateway's providers with ZITADEL's own API: domain for clients and tools",
      about:
        "Give this to @zitadel/client, Terraform or grpcurl in the place of ZITADEL's own: REST, gRPC and gRPC-Web.",
      code: origin,
    },
    tokenStep(`${origin}/oauth/v2/token`, "urn:zitadel:iam:org:project:id:zitadel:aud"),
    {
      title: "Add a Twilio provider to the gateway",
      about:
        "The sid, token and number are those of the Twilio account that messages go out through, not this gateway's.",
      code: `curl -X POST ${origin}/admin/v1/sms/twilio \\
  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"sid": "AC… of Twilio", "token": "'"$TWILIO_AUTH_TOKEN"'", "senderNumber": "+… of Twilio"}'`,
    },
    {
      title: "Make it the active one",
      about: "$ID is the id that the first answer gave: 18 digits.",
      code: `curl -X POST ${origin}/admin/v1/sms/$ID/_activate \\
  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{}'`,
    },
  ],
};

const fusionauth: Recipe = {
  name: "FusionAuth",
  about: "FusionAuth sends its codes to a generic messenger; the gateway takes them and sends them through the chain.",
  needs: { keyForm: "Authorization: Bearer {key}" },
  steps: ({ origin }) => [
    {
      title: "In FusionAuth: Settings, Messengers, Add generic messenger: URL",
      code: `${origin}/hooks/fusionauth/default`,
    },
    {
      title: "Headers of that messenger",
      about: "An access key of this gateway with the role sender is enough.",
      code: "Authorization: Bearer YOUR_ACCESS_KEY",
    },
    {
      title: "Or manage the gateway's providers with FusionAuth's own API",
      code: `curl ${origin}/api/messenger -H "Authorization: $FUSIONAUTH_KEY"`,
    },
  ],
};

const pingone: Recipe = {
  name: "PingOne",
  about: "PingOne calls a custom provider for each code; the gateway answers once the message is stored.",
  needs: { keyForm: "{key}" },
  steps: ({ origin, environmentId }) => [
    {
      title: "In PingOne: a custom provider's request URL (POST)",
      code: `${origin}/hooks/pingone/default`,
    },
    {
      title: "Body of the request",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: PingOne fills these in
      code: '{"to": "${to}", "message": "${message}"}',
    },
    {
      title: "Authentication of the request: Bearer, with this token",
      about:
        "An access key of this gateway with the role sender: make one above, and paste it in the place of this word.",
      code: "YOUR_ACCESS_KEY",
    },
    tokenStep(`${origin}/${environmentId}/as/token`),
    {
      title: "Or manage the gateway's providers with PingOne's own API",
      code: `curl ${origin}/v1/environments/${environmentId}/notificationsSettings/phoneDeliverySettings \\
  -H "Authorization: Bearer $TOKEN"`,
    },
  ],
};

const prismatic: Recipe = {
  name: "Prismatic",
  about:
    "The connector that comes with the gateway has everything that the public Twilio connector has, under the same keys.",
  steps: ({ origin, accountSid }) => [
    {
      title: "Publish the component",
      code: `npm run bundle -w connector
cd connector && prism login && prism components:publish`,
    },
    {
      title: "Connection: Twilio Auth Token Connection",
      code: `API Base URL   ${origin}
Account SID    ${accountSid}
Auth Token     (from credentials.json)`,
    },
  ],
};

export const platformRecipes: readonly Recipe[] = [sdks, zitadel, fusionauth, pingone, prismatic];
