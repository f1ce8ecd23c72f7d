// CSV files (RFC 4180) that a spreadsheet may open, given out as they come: no text in them is ever run as a formula.

import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { z } from "zod";

const phoneNumber = /^\+\d{1,15}$/;

/** A text that a spreadsheet would run gets an apostrophe in front; phone numbers are none. */
export function csvCell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) && !phoneNumber.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** What a route that answers with such a file is described by. */
export const csvContent = { "text/csv": { schema: z.string() } };

/** `pieces`: the file's text, in pieces of any length. */
export function sendCsv(reply: FastifyReply, fileName: string, pieces: AsyncIterable<string>): FastifyReply {
  return reply
    .header("content-type", "text/csv; charset=utf-8")
    .header("content-disposition", `attachment; filename="${fileName}"`)
    .send(Readable.from(nonEmpty(pieces), { objectMode: false }));
}

/** An empty piece would end the stream. */
async function* nonEmpty(pieces: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  for await (const piece of pieces) if (piece !== "") yield piece;
}
