// The Prismatic component. It talks HTTP to Twilio or to a gateway that speaks Twilio's API, and imports nothing of
// the gateway.

import { component } from "@prismatic-io/spectral";
import { verifyConnection } from "./actions/verify-connection.ts";
import { authTokenConnection } from "./connections/auth-token.ts";

export default component({
  key: "trunkline-twilio",
  public: false,
  display: {
    label: "Twilio (Trunkline)",
    description: "Send and receive text messages through Twilio or a self-hosted Trunkline gateway",
    iconPath: "assets/icon.png",
  },
  actions: { verifyConnection },
  connections: [authTokenConnection],
});
