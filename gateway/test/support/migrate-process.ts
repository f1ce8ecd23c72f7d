// A process that migrates the database of its first argument: for tests that start several at once.

import { pino } from "pino";
import { systemClock } from "../../src/core/clock.ts";
import { openDatabase } from "../../src/store/connect.ts";
import { migrate } from "../../src/store/migrate.ts";

const log = pino({ level: "error" }, pino.destination(2));
const db = openDatabase({ url: process.argv[2] ?? "", log });
await migrate(db, { log, clock: systemClock });
await db.close();
