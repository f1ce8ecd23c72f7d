// CSV files (RFC 4180) that a spreadsheet may open, given out as they come: no text in them is ever run as a formula.

import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { z } from "zod";

const phoneNumber = /^\+\d{1,15}$/;

/** A text that a spreadsheet would run gets an apostrophe in front; phone numbers are none. */
export function csvCell(value: string): string {
  const safe = /^[=+\-@\t\r\n]/.test(value) && !phoneNumber.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** What a route that answers with such a file is described by. */
export const csvContent = { "text/csv": { schema: z.string() } };

interface CsvFile {
  readonly name: string;
  /** Its text, in pieces of any length. */
  readonly pieces: AsyncIterable<string>;
  /** Asked before each piece but the first, since a file may take long. Rejects: the reply is broken off. */
  readonly mayGoOn: () => Promise<void>;
}

export function sendCsv(reply: FastifyReply, file: CsvFile): FastifyReply {
  return reply
    .header("content-type", "text/csv; charset=utf-8")
    .header("content-disposition", `attachment; filename="${file.name}"`)
    .send(Readable.from(allowedPieces(file), { objectMode: false }));
}

async function* allowedPieces({ pieces, mayGoOn }: CsvFile): AsyncGenerator<string, void, undefined> {
  let isFirst = true;
  for await (const piece of pieces) {
    if (!isFirst) await mayGoOn();
    isFirst = false;
    // An empty piece would end the stream.
    if (piece !== "") yield piece;
  }
}
