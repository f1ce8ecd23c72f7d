// Preloaded into dependency-cruiser, which reads TypeScript through the compiler's API: version 7 has none yet, so it
// gets version 6. Nothing else may use that version. To be removed when dependency-cruiser takes version 7.

import { registerHooks } from "node:module";

registerHooks({
  resolve: (specifier, context, next) => next(specifier.replace(/^typescript(?=\/|$)/, "typescript-6"), context),
});
