import { randomInt } from "node:crypto";
import { describeCarrier } from "../../../test/support/carrier-suite.ts";
import { startFaultyWay } from "../../../test/support/faulty-way.ts";
import { startTestGateway } from "../../../test/support/gateway.ts";
import { callsOf } from "../../../test/support/twilio-call.ts";
import { testTwilio, twilioProvider } from "../../../test/support/twilio-carrier.ts";

describeCarrier("twilio, with another gateway as its upstream", async () => {
  const gateway = await startTestGateway({ dispatch: true });
  const way = await startFaultyWay(gateway.url, "+15005550009");
  const twilio = testTwilio();
  const call = callsOf(gateway.url, gateway);
  let recipients = randomInt(1000);
  return {
    carrier: twilio.carrier,
    provider: twilioProvider({ baseUrl: way.url, accountSid: gateway.accountSid }, { authToken: gateway.authToken }),
    from: gateway.numbers[0],
    async recipient(behaviour) {
      const to = `+1202556${String(recipients++).padStart(4, "0")}`;
      way.behave(to, behaviour);
      return to;
    },
    async taken({ to, body }) {
      const { json } = await call(`/Messages.json?To=${encodeURIComponent(to)}`);
      const messages = json?.["messages"];
      if (!Array.isArray(messages)) throw new Error("the upstream did not list its messages");
      return messages.filter((message: { body: string }) => message.body === body).length;
    },
    async close() {
      await twilio.close();
      await way.close();
      await gateway.stop();
    },
  };
});
