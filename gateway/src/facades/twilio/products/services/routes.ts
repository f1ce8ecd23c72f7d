import type { FastifyInstance } from "fastify";
import type { Database } from "../../../../store/database.ts";
export function registerServiceRoutes(_app: FastifyInstance, _deps: { readonly db: Database }): void {
  return;
}
