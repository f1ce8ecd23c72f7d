// The Prismatic component. What it does is in `trunkline/actions`; here is how the platform shows it. It talks HTTP to
// Twilio or to a gateway that speaks Twilio's API.

import { component } from "@prismatic-io/spectral";
import { cancelMessage, deleteMessage, redactMessage } from "./actions/change-message.ts";
import { checkConsent } from "./actions/check-consent.ts";
import { getSms } from "./actions/get-sms.ts";
import { listMessages, searchMessages } from "./actions/list-messages.ts";
import { rawRequest } from "./actions/raw-request.ts";
import { rotateCredential } from "./actions/rotate-credential.ts";
import { sendBulk } from "./actions/send-bulk.ts";
import { sendSms } from "./actions/send-sms.ts";
import { verifyConnection } from "./actions/verify-connection.ts";
import { waitForDelivery } from "./actions/wait-for-delivery.ts";
import { apiKeyConnection } from "./connections/api-key.ts";
import { authTokenConnection } from "./connections/auth-token.ts";
import { selectMessage, selectMessagingService, selectPhoneNumber } from "./data-sources/pickers.ts";
import { presentError } from "./errors.ts";
import { pollChangesTrigger } from "./triggers/poll-changes.ts";
import { webhook } from "./triggers/webhook.ts";
import { webhookBranching } from "./triggers/webhook-branching.ts";

export default component({
  key: "trunkline-twilio",
  public: false,
  display: {
    label: "Twilio (Trunkline)",
    description: "Send and receive text messages through Twilio or a self-hosted Trunkline gateway",
    iconPath: "icon.png",
    category: "Application Connectors",
  },
  hooks: { error: presentError },
  actions: {
    sendSMS: sendSms,
    getSMS: getSms,
    listMessages,
    searchMessages,
    rawRequest,
    cancelMessage,
    redactMessage,
    deleteMessage,
    waitForDelivery,
    sendBulk,
    checkConsent,
    rotateCredential,
    verifyConnection,
  },
  triggers: { webhook, webhookBranching, pollChangesTrigger },
  dataSources: { selectMessage, selectPhoneNumber, selectMessagingService },
  connections: [apiKeyConnection, authTokenConnection],
});
