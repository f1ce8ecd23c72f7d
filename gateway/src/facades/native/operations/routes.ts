// What orchestrators and Prometheus ask, without credentials: /livez, /readyz and /metrics. They answer while the
// gateway drains, and never wait for the database.

import type { FastifyInstance } from "fastify";
import type { Health } from "../../../observe/health.ts";
import type { Metrics } from "../../../observe/metrics.ts";

export interface OperationsRoutesDeps {
  readonly health: Health;
  readonly metrics: Metrics;
}

export function registerOperationsRoutes(app: FastifyInstance, { health, metrics }: OperationsRoutesDeps): void {
  const options = { config: { whileDraining: true }, schema: { hide: true } };
  app.get("/livez", options, (_request, reply) => reply.send({ status: "live" }));
  app.get("/readyz", options, (_request, reply) => {
    const problems = health.problems();
    if (problems.length === 0) return reply.send({ status: "ready" });
    return reply.code(503).header("retry-after", "2").send({ status: "not ready", problems });
  });
  app.get("/metrics", options, async (_request, reply) => {
    const text = await metrics.registry.metrics();
    return reply.header("content-type", metrics.registry.contentType).send(text);
  });
}
