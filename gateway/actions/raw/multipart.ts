// A multipart form in memory (RFC 7578), so that each attempt of a request can send the very same bytes.

import { randomBytes } from "node:crypto";
import { extname } from "node:path";

export interface FormPart {
  readonly name: string;
  readonly data: Buffer;
  /** Makes it a file. */
  readonly fileName?: string;
  readonly contentType?: string;
}

const TYPES: Readonly<Record<string, string>> = {
  ".csv": "text/csv",
  ".gif": "image/gif",
  ".html": "text/html",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".json": "application/json",
  ".mp3": "audio/mpeg",
  ".mp4": "video/mp4",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".txt": "text/plain",
  ".vcf": "text/vcard",
  ".wav": "audio/wav",
  ".webp": "image/webp",
  ".xml": "application/xml",
  ".zip": "application/zip",
};

export function encodeMultipart(parts: readonly FormPart[]): { readonly body: Buffer; readonly contentType: string } {
  const boundary = `trunkline-${randomBytes(18).toString("hex")}`;
  const pieces = parts.flatMap((part) => [Buffer.from(`--${boundary}\r\n${headersOf(part)}\r\n`), part.data, CRLF]);
  return {
    body: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]),
    contentType: `multipart/form-data; boundary=${boundary}`,
  };
}

const CRLF = Buffer.from("\r\n");

function headersOf({ name, fileName, contentType }: FormPart): string {
  const disposition = `Content-Disposition: form-data; name="${quoted(name)}"`;
  if (fileName === undefined) return `${disposition}\r\n`;
  const known = TYPES[extname(fileName).toLowerCase()];
  const given =
    contentType !== undefined && /^[\w.+-]+\/[\w.+-]+(;[ -~]*)?$/.test(contentType) ? contentType : undefined;
  const type = given ?? known ?? "application/octet-stream";
  return `${disposition}; filename="${quoted(fileName)}"\r\nContent-Type: ${type}\r\n`;
}

/** As browsers write names: a quote or a line break must not end the header. */
function quoted(text: string): string {
  return text.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
