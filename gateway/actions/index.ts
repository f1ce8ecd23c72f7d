// `trunkline/actions`: what can be done with messages on Twilio or on a Trunkline gateway, as plain functions over HTTP. The
// Prismatic component and the command line use these very ones. Of the gateway's own code it shares what is pure in the
// core, and no package but libphonenumber-js: it must stay small, and run on Node 20.

export { countSegments, type SegmentCount as Segments } from "../src/core/segments/count.ts";
export { type VerifiedAccount, verifyConnection } from "./account.ts";
export { type ConsentInput, type ConsentState, checkConsent } from "./check-consent.ts";
export { type Connection, type ConnectionSettings, connect, type ExchangeLogEntry } from "./connection.ts";
export { ActionError, type ActionErrorFacts, type ActionErrorKind } from "./errors.ts";
export {
  type ListInput,
  listMessagePage,
  listMessages,
  type MessageFilters,
  type MessageList,
  type MessagePage,
} from "./list-messages.ts";
export type { Message } from "./message.ts";
export { cancelMessage, deleteMessage, getMessage, redactMessage } from "./messages.ts";
export { type PollInput, type PollResult, type PollState, pollMessages } from "./poll-messages.ts";
export type { BodyInput, Entries } from "./raw/body.ts";
export { type RawAnswer, type RawRequestInput, rawMethods, rawRequest } from "./raw/request.ts";
export {
  createSecondaryToken,
  deleteSecondaryToken,
  type NewToken,
  type ProviderRotation,
  promoteToken,
  rotateProvider,
} from "./rotate-credential.ts";
export {
  type BulkInput,
  type BulkOutcome,
  type BulkRecipient,
  type BulkReport,
  type BulkResult,
  sendBulk,
} from "./send-bulk.ts";
export type { MessageInput } from "./send-form.ts";
export { type MessagePreview, previewMessage, type SendInput, type SentMessage, sendMessage } from "./send-message.ts";
export { listMessagingServices, listPhoneNumbers, type MessagingService, type PhoneNumber } from "./senders.ts";
export { type Delivery, type DeliveryOutcome, type WaitInput, waitForDelivery } from "./wait-for-delivery.ts";
export type { WebhookEvent } from "./webhook/event.ts";
export { checkTwiml, emptyTwiml, replyTwiml } from "./webhook/twiml.ts";
export {
  type CheckedWebhook,
  checkWebhook,
  readUncheckedWebhook,
  type Webhook,
  type WebhookKeys,
  type WebhookRequest,
} from "./webhook/webhook.ts";
