import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, it } from "vitest";
import { type AccountSid, type MessageSid, newUuid, sidOf } from "../../../core/ids.ts";
import type { StoredEvent } from "../../../store/events.ts";
import { createEventStream } from "./stream.ts";

function bigEvent(): StoredEvent {
  return {
    accountSid: sidOf<AccountSid>("AC", newUuid()),
    id: newUuid(),
    type: "message.received",
    messageSid: sidOf<MessageSid>("SM", newUuid()),
    message: null,
    data: { padding: "x".repeat(500_000) },
  };
}

it("a client that is slow through many pages of the past leaves no listener behind", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const [, response] = (await once(server, "request")) as [unknown, ServerResponse];
  const stream = createEventStream({ response, withBodies: true });
  stream.open();
  const count = () => ["close", "drain"].map((name) => response.listenerCount(name));
  const before = count();
  let blocked = 0;
  for (let page = 0; page < 20; page++) {
    socket.pause();
    const replayed = stream.replay(Array.from({ length: 10 }, bigEvent));
    if (response.writableNeedDrain) blocked += 1;
    socket.resume();
    await replayed;
  }
  expect(blocked).toBe(20);
  expect(count()).toEqual(before);
  socket.destroy();
  await once(response, "close");
  server.close();
});
