// Rotates the account's auth token in three steps of a flow: make a secondary one, store it where it is needed, promote it.
// Or starts the rotation of a provider, which a gateway does alone.

import { action, input } from "@prismatic-io/spectral";
import {
  type Connection,
  createSecondaryToken,
  deleteSecondaryToken,
  type ProviderRotation,
  promoteToken,
  rotateProvider,
} from "trunkline/actions";
import { withConnection } from "../connections/use-connection.ts";
import { text, textOrNull } from "../examples/message.ts";
import { offByDefault, optional } from "../inputs/clean.ts";
import { twilioConnection } from "../inputs/common.ts";

const operations = ["create", "promote", "delete", "provider"] as const;
type Operation = (typeof operations)[number];

interface Rotation {
  readonly operation: Operation;
  readonly newAuthToken: string | undefined;
  readonly providerId: string | undefined;
  readonly replaceSecondary: boolean;
}

interface RotationOutput {
  operation: string;
  secondaryAuthToken: string | null;
  changed: boolean;
  rotation: ProviderRotation | null;
}

async function rotate(connection: Connection, given: Rotation): Promise<RotationOutput> {
  const { operation, newAuthToken, providerId, replaceSecondary } = given;
  const nothing = { operation, secondaryAuthToken: null, changed: true, rotation: null };
  switch (operation) {
    case "create": {
      const { secondaryAuthToken } = await createSecondaryToken(connection, { replace: replaceSecondary });
      return { ...nothing, secondaryAuthToken };
    }
    case "promote":
      await promoteToken(connection, newAuthToken ?? "");
      return nothing;
    case "delete":
      return { ...nothing, changed: await deleteSecondaryToken(connection) };
    case "provider":
      return { ...nothing, rotation: await rotateProvider(connection, providerId ?? "") };
  }
}

export const rotateCredential = action({
  display: {
    label: "Rotate Credential",
    description: "Makes, promotes or deletes the account's secondary auth token, or rotates a provider of a gateway",
  },
  inputs: {
    twilioConnection,
    operation: input({
      label: "Operation",
      type: "string",
      required: true,
      default: "create",
      model: [
        { label: "Create Secondary Token", value: "create" },
        { label: "Promote Secondary Token", value: "promote" },
        { label: "Delete Secondary Token", value: "delete" },
        { label: "Rotate A Provider Of The Gateway", value: "provider" },
      ],
      placeholder: "Create Secondary Token",
      comments:
        "Create a secondary token, store it where it is needed, then promote it: the former token stops working at once.",
      example: "create",
      clean: (value): Operation => {
        const operation = optional(value);
        const known = operations.find((each) => each === operation);
        if (known === undefined) throw new Error(`Operation must be one of ${operations.join(", ")}.`);
        return known;
      },
    }),
    newAuthToken: input({
      label: "New Auth Token",
      type: "password",
      required: false,
      placeholder: "Secondary Auth Token",
      comments: "To promote: the secondary token. It is tried first, so that no token is promoted that nobody has.",
      example: "0123456789abcdef0123456789abcdef",
      clean: optional,
    }),
    providerId: input({
      label: "Provider ID",
      type: "string",
      required: false,
      placeholder: "01890000-0000-7000-8000-000000000000",
      comments: "To rotate a provider: its ID on the gateway, which makes every step of it by itself.",
      example: "01890000-0000-7000-8000-000000000000",
      clean: optional,
    }),
    replaceSecondary: input({
      label: "Replace Secondary Token",
      type: "boolean",
      required: false,
      default: "false",
      placeholder: "false",
      comments: "To create: delete the secondary token that there may be. Whatever uses it stops working.",
      example: "false",
      clean: offByDefault,
    }),
  },
  performSafety: "notAllowed",
  perform: (context, { twilioConnection, ...rotation }) =>
    withConnection(twilioConnection, context, async (connection) => ({ data: await rotate(connection, rotation) })),
  examplePayload: {
    data: {
      operation: "create",
      secondaryAuthToken: "0123456789abcdef0123456789abcdef",
      changed: true,
      rotation: null,
    },
  },
  outputSchema: {
    type: "actionOutput",
    schema: {
      type: "object",
      properties: {
        operation: text,
        secondaryAuthToken: textOrNull,
        changed: { type: "boolean", description: "False: there was no secondary token to delete." },
        rotation: { type: ["object", "null"] },
      },
    },
  },
});
