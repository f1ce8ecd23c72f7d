// The log of one request: lines carry its id as `reqId`. A pino child is made only when something is logged, because
// most requests log nothing and a child for each would cost more than answering it.

import type { FastifyBaseLogger } from "fastify";
import type { Logger } from "pino";

interface RequestLog extends FastifyBaseLogger {
  requestId: string;
}

/** A function that gives each request id its log. */
export function createRequestLogs(log: Logger): (requestId: string) => FastifyBaseLogger {
  const child = (requestLog: RequestLog) => log.child({ reqId: requestLog.requestId });
  const write = (level: "fatal" | "error" | "warn" | "info" | "debug" | "trace") =>
    function (this: RequestLog, ...line: unknown[]) {
      if (log.isLevelEnabled(level)) Reflect.apply(child(this)[level], child(this), line);
    };
  const methods = {
    level: log.level,
    msgPrefix: "",
    silent: () => undefined,
    fatal: write("fatal"),
    error: write("error"),
    warn: write("warn"),
    info: write("info"),
    debug: write("debug"),
    trace: write("trace"),
    child(this: RequestLog, ...bindings: unknown[]) {
      return Reflect.apply(child(this).child, child(this), bindings);
    },
  };
  return (requestId) => {
    const requestLog = Object.create(methods) as RequestLog;
    requestLog.requestId = requestId;
    return requestLog;
  };
}
