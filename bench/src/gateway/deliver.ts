// Accepted to delivered: messages go in as fast as they are taken, and the clock stops when the last one is delivered.

import { runLoad } from "../load/run-load.ts";
import { CONNECTIONS } from "./accept.ts";
import { startGateway } from "./start.ts";
import { assertDeliveredOnce, untilDrained } from "./stored.ts";

const WARM_UP_MESSAGES = 5000;

export interface DeliverResult {
  readonly messages: number;
  /** All messages, divided by the time from the first accept to the last delivery. */
  readonly perSecond: number;
  readonly durationSeconds: number;
  /** While both were under way. */
  readonly acceptedPerSecond: number;
}

/** Throws unless every message was delivered exactly once, by the sandbox's own record. */
export async function measureDeliver(messages: number): Promise<DeliverResult> {
  const gateway = await startGateway();
  const load = (firstNumber: number, requests: number) => {
    const { port, template } = gateway;
    return runLoad({ host: "127.0.0.1", port, template, connections: CONNECTIONS, firstNumber, until: { requests } });
  };
  try {
    await load(0, WARM_UP_MESSAGES);
    await untilDrained(gateway);
    await gateway.sql("truncate messages, attempts, events, sandbox_messages");
    const { perSecond: acceptedPerSecond } = await load(WARM_UP_MESSAGES, messages);
    await untilDrained(gateway);
    const { delivered, firstAcceptedAt, lastDeliveredAt } = await assertDeliveredOnce(gateway);
    const durationSeconds = (lastDeliveredAt.getTime() - firstAcceptedAt.getTime()) / 1000;
    return { messages: delivered, perSecond: delivered / durationSeconds, durationSeconds, acceptedPerSecond };
  } finally {
    await gateway.stop();
  }
}
