// The senders of a messaging service: PhoneNumbers, ShortCodes, AlphaSenders, DestinationAlphaSenders, and ChannelSenders,
// of which there are none.

import type { FastifyInstance } from "fastify";
import type { Database } from "../../../../store/database.ts";
import { registerAlphaSenderRoutes } from "./alpha-routes.ts";
import { registerChannelSenderRoutes } from "./channel-routes.ts";
import { registerNumberRoutes } from "./number-routes.ts";

export function registerServiceSenderRoutes(app: FastifyInstance, deps: { readonly db: Database }): void {
  registerNumberRoutes(app, deps);
  registerAlphaSenderRoutes(app, deps);
  registerChannelSenderRoutes(app, deps);
}
