// `npm run check`: every check that needs no running gateway, one line each. Exits with 1 when one fails.

import { presentStep, runSteps } from "./check-steps.ts";

const results = await runSteps((result) => console.log(presentStep(result)));
const failed = results.filter((result) => !result.passed);
if (failed.length > 0) {
  console.log(`\n${failed.length} of ${results.length} checks failed: ${failed.map(({ name }) => name).join(", ")}`);
  process.exitCode = 1;
}
