// Unpacks the Chromium of @sparticuz/chromium, with the libraries and fonts that a bare machine lacks, into the directory
// named in TMPDIR. A process of its own, since the package knows no other way to be told where.

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inflate } from "@sparticuz/chromium";

const packed = join(dirname(fileURLToPath(import.meta.resolve("@sparticuz/chromium"))), "..", "bin");
for (const name of ["chromium.br", "al2023.tar.br", "fonts.tar.br"]) await inflate(join(packed, name));
