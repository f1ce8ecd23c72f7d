// The recipes themselves: for each platform what to paste where, with this gateway's addresses and the account's ids in it.
// Secrets are named, never shown.

export interface RecipeValues {
  /** Of the gateway, without a slash at the end. */
  readonly origin: string;
  readonly accountSid: string;
  readonly environmentId: string;
  readonly resourceOwner: string;
  readonly from: string;
}

export interface RecipeStep {
  readonly title: string;
  readonly about?: string;
  readonly code: string;
}

export interface Recipe {
  readonly name: string;
  readonly about: string;
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

const zitadel: Recipe = {
  name: "ZITADEL",
  about:
    "The gateway speaks ZITADEL's admin API for SMS providers: what administers ZITADEL's can administer this gateway's, over REST, gRPC and gRPC-Web.",
  steps: ({ origin, accountSid, from }) => [
    {
      title: "Domain for clients and tools",
      about: "Give this to @zitadel/client, Terraform or grpcurl in the place of ZITADEL's own.",
      code: origin,
    },
    {
      title: "Add a Twilio provider",
      about: "$TOKEN is an access key of this gateway, or an access token of its OAuth endpoint.",
      code: `curl -X POST ${origin}/admin/v1/sms/twilio \\
  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"sid": "${accountSid}", "token": "'"$TWILIO_AUTH_TOKEN"'", "senderNumber": "${from}"}'`,
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
    { title: "Authentication of the request", code: "Bearer: an access key of this gateway with the role sender" },
    {
      title: "Or manage the gateway's providers with PingOne's own API",
      about: "$TOKEN comes from this gateway's token endpoint for the environment.",
      code: `curl ${origin}/v1/environments/${environmentId}/phoneDeliverySettings \\
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
