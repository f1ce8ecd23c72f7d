// `npm test`: the checks, then every test of every workspace. The last line is `N passed, N failed`, and `, N skipped`
// when some were; programs read it. `npm test -- some/path` runs matching tests alone, without the checks.
//
// In a run of everything a test that fails is tried once more. One that passes then is named at the end, with how it
// failed: such a test races, and is to be mended.

import { startVitest, type TestCase, type TestModule, type TestSuite } from "vitest/node";
import { presentStep, projectRoot, runSteps } from "./check-steps.ts";

interface Tally {
  passed: number;
  failed: number;
  readonly skipped: string[];
  readonly flaky: string[];
}

const filters = process.argv.slice(2);
const tally: Tally = { passed: 0, failed: 0, skipped: [], flaky: [] };

if (filters.length === 0) await countChecks();
await countTests();
report();

async function countChecks(): Promise<void> {
  const results = await runSteps((result) => console.log(presentStep(result)));
  tally.passed += results.filter((result) => result.passed).length;
  tally.failed += results.filter((result) => !result.passed).length;
}

async function countTests(): Promise<void> {
  const retry = filters.length === 0 ? 1 : 0;
  const vitest = await startVitest("test", filters, { root: projectRoot, run: true, watch: false, retry });
  const modules = vitest.state.getTestModules();
  for (const module of modules) countModule(module);
  if (modules.length === 0) fail("No test was found.");
  for (const error of vitest.state.getUnhandledErrors()) fail(`An error outside every test: ${String(error)}`);
  await vitest.close();
}

function countModule(module: TestModule): void {
  for (const test of module.children.allTests()) countTest(test);
  // A file or a group that cannot be set up has no failed test of its own, and must not pass for that.
  for (const suite of [module, ...module.children.allSuites()]) if (suite.errors().length > 0) fail(nameOf(suite));
}

function countTest(test: TestCase): void {
  const result = test.result();
  if (test.diagnostic()?.flaky) tally.flaky.push(`${test.fullName}: ${result.errors?.[0]?.message}`);
  if (result.state === "passed") tally.passed += 1;
  else if (result.state === "skipped")
    tally.skipped.push(result.note === undefined ? test.fullName : `${test.fullName}: ${result.note}`);
  else tally.failed += 1;
}

function nameOf(suite: TestModule | TestSuite): string {
  return suite.type === "module" ? `${suite.moduleId} could not run.` : `${suite.fullName} could not run.`;
}

function fail(reason: string): void {
  console.log(`FAIL  ${reason}`);
  tally.failed += 1;
}

function report(): void {
  for (const line of tally.skipped) console.log(`skipped  ${line}`);
  for (const line of tally.flaky) console.log(`flaky  ${line}`);
  const skipped = tally.skipped.length > 0 ? `, ${tally.skipped.length} skipped` : "";
  console.log(`${tally.passed} passed, ${tally.failed} failed${skipped}`);
  process.exitCode = tally.failed > 0 ? 1 : 0;
}
