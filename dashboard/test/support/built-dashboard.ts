// Builds the dashboard for a run of the tests, unless it is built of these very sources: the gateway serves what is in dist.

import { resolve } from "node:path";
import { buildDashboard, isDashboardBuilt } from "../../../scripts/dashboard-build.mjs";

export async function setup(): Promise<void> {
  const root = resolve(import.meta.dirname, "../../..");
  if (isDashboardBuilt(root)) return;
  const problem = await buildDashboard(root);
  if (problem !== undefined) throw new Error(`the dashboard cannot be built: ${problem}`);
}
