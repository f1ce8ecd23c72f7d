// gRPC-Web as text (`application/grpc-web-text`): what some browsers' clients send, since not every browser can read bytes
// while they arrive. The same messages in base64, made bytes on their way in and text on their way out.

import type { UniversalHandlerFn } from "@connectrpc/connect/protocol";

const textType = /^application\/grpc-web-text(?=$|[+;])/i;

export function isWebText(contentType: string | null | undefined): boolean {
  return textType.test(contentType ?? "");
}

/** `handle`, which knows gRPC-Web in bytes, for requests in text. */
export function inWebText(handle: UniversalHandlerFn): UniversalHandlerFn {
  return async (request) => {
    const header = new Headers(request.header);
    const type = header.get("content-type") ?? "";
    header.set("content-type", type.replace(textType, "application/grpc-web"));
    const body = isStream(request.body) ? decoded(request.body) : request.body;
    const response = await handle({ ...request, header, body });
    const answered = new Headers(response.header);
    answered.set("content-type", type);
    return { ...response, header: answered, ...(response.body === undefined ? {} : { body: encoded(response.body) }) };
  };
}

function isStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
}

/** Pieces may be padded each by itself, and may be cut anywhere. What is no base64 makes a message that cannot be read. */
async function* decoded(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest = "";
  for await (const chunk of body) {
    const text = rest + Buffer.from(chunk).toString("latin1");
    const whole = text.length - (text.length % 4);
    rest = text.slice(whole);
    yield bytesOf(text.slice(0, whole));
  }
  yield bytesOf(rest);
}

function bytesOf(text: string): Uint8Array {
  return Buffer.concat((text.match(/[^=]+=*/g) ?? []).map((piece) => Buffer.from(piece, "base64")));
}

/** In one piece: answers are short. */
async function* encoded(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  yield Buffer.from(Buffer.concat(chunks).toString("base64"));
}
