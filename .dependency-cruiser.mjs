// Which folder may import which: the dependency rules of ARCHITECTURE.md, checked by `npm run check`.
// A rule that is broken is fixed in the code; an exception is added here only with the reason beside it.

const tests = "(\\.test\\.ts$|^gateway/test/)";

/** Folder `name` of the gateway may import only the folders in `allowed` (and packages). */
function only(name, allowed, reason) {
  return {
    name: `${name}-imports`,
    comment: reason,
    severity: "error",
    from: { path: `^gateway/src/${name}/`, pathNot: tests },
    to: {
      path: "^(gateway/|dashboard/|connector/|bench/|scripts/)",
      pathNot: [...allowed.map((path) => `^gateway/src/${path}`), "^gateway/package\\.json$"],
    },
  };
}

const folderRules = [
  only("core", ["core/"], "The core decides; it knows no HTTP, no SQL and no vendor."),
  only("config", ["config/", "core/"], "Configuration is read before anything runs."),
  only("store", ["store/", "core/"], "The store is the only SQL and serves everybody."),
  only(
    "observe",
    ["observe/", "core/", "store/", "services/", "carriers/carrier\\.ts$"],
    "Observation looks on; it changes nothing.",
  ),
  only("carriers", ["carriers/", "core/"], "A carrier hands over one message; it touches no queue."),
  only("services", ["services/", "carriers/", "store/", "core/", "observe/"], "Loops know the way, not who asked."),
  only(
    "facades",
    ["facades/", "services/", "store/", "core/", "observe/", "carriers/carrier\\.ts$"],
    "A facade translates; it neither sends nor composes.",
  ),
];

export default {
  forbidden: [
    ...folderRules,
    {
      name: "no-facade-imports-another",
      comment:
        "Facades share nothing but the files that lie directly in facades/: a change for one vendor must not move another.",
      severity: "error",
      from: { path: "^gateway/src/facades/([^/]+)/" },
      to: { path: "^gateway/src/facades/[^/]+/", pathNot: "^gateway/src/facades/($1|listener)/" },
    },
    {
      name: "shared-facade-files-know-no-facade",
      severity: "error",
      from: { path: "^gateway/src/facades/([^/]+\\.ts$|listener/)", pathNot: tests },
      to: { path: "^gateway/src/facades/[^/]+/", pathNot: "^gateway/src/facades/listener/" },
    },
    {
      name: "only-the-composition-root-is-not-imported",
      comment: "app.ts puts everything together; nothing but the command line may know it.",
      severity: "error",
      from: {
        path: "^gateway/src/",
        pathNot: ["^gateway/src/(main|app)\\.ts$", "^gateway/src/(app|commands)/", tests],
      },
      to: { path: "^gateway/src/(main|app)\\.ts$|^gateway/src/(app|commands)/" },
    },
    {
      name: "actions-stand-alone",
      comment:
        "trunkline/actions runs without the gateway (in the connector's bundle, in anybody's script): it shares the core.",
      severity: "error",
      from: { path: "^gateway/actions/", pathNot: tests },
      to: { path: "^(gateway|dashboard|connector|bench|scripts)/", pathNot: "^gateway/(actions|src/core)/" },
    },
    {
      name: "actions-stay-light",
      comment:
        "Nor do they take in, by way of the core, a package that would go into the connector's bundle with them.",
      severity: "error",
      from: { path: "^gateway/actions/", pathNot: tests },
      to: { path: "node_modules/", pathNot: "node_modules/libphonenumber-js/min/", reachable: true },
    },
    {
      name: "dashboard-and-connector-talk-http",
      comment: "The connector is made of trunkline/actions; its tests run against a gateway.",
      severity: "error",
      from: { path: "^(dashboard|connector)/", pathNot: "^(dashboard|connector)/test/" },
      to: { path: "^(gateway|bench|scripts)/", pathNot: "^gateway/actions/" },
    },
    {
      name: "connector-tests-know-test-support-only",
      severity: "error",
      from: { path: "^connector/test/" },
      to: { path: "^(gateway|dashboard|bench|scripts)/", pathNot: "^gateway/(actions|test/support)/" },
    },
    {
      name: "dashboard-tests-know-test-support-only",
      comment: "And the way in which the dashboard is built.",
      severity: "error",
      from: { path: "^dashboard/test/" },
      to: {
        path: "^(gateway|connector|bench|scripts)/",
        pathNot: "^(gateway/test/support/|scripts/dashboard-build\\.mjs$)",
      },
    },
    {
      name: "gateway-knows-no-other-workspace",
      severity: "error",
      from: { path: "^gateway/" },
      to: { path: "^(dashboard|connector|bench|scripts)/" },
    },
    {
      name: "no-test-code-in-the-product",
      severity: "error",
      from: { path: "^((gateway|dashboard|connector|bench)/src|gateway/actions)/", pathNot: "\\.test\\.tsx?$" },
      to: { path: "(^(gateway|connector|dashboard)/test/|\\.test\\.tsx?$)" },
    },
    {
      name: "no-development-packages-in-the-product",
      severity: "error",
      from: { path: "^gateway/(src|actions)/", pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only", "npm", "npm-optional"] },
    },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "no-unresolved", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|coverage)/" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["node", "import", "types", "default"] },
    parser: "tsc",
  },
};
