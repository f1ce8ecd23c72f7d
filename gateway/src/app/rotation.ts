// Wires rotations of credentials: what is asked for, and the process that takes the steps.

import type { Logger } from "pino";
import type { TwilioUpstream } from "../carriers/upstream.ts";
import type { Clock } from "../core/clock.ts";
import type { Sealer } from "../core/credentials/seal.ts";
import type { Authenticator } from "../services/authenticator.ts";
import { createRotationRunner } from "../services/rotation/rotation-runner.ts";
import { createRotations, type Rotations } from "../services/rotation/rotations.ts";
import type { Service } from "../services/service.ts";
import type { Database } from "../store/database.ts";

export interface RotationDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly authenticator: Authenticator;
  readonly upstream: TwilioUpstream;
  /** Does this process take the steps? */
  readonly runs: boolean;
}

export interface Rotation {
  readonly rotations: Rotations;
  readonly services: readonly Service[];
}

export function createRotation({ runs, ...deps }: RotationDeps): Rotation {
  const wakes: { runner?: () => void } = {};
  const rotations = createRotations({ ...deps, wake: () => wakes.runner?.() });
  if (!runs) return { rotations, services: [] };
  const runner = createRotationRunner({ ...deps, rotations });
  wakes.runner = runner.wake;
  return { rotations, services: [runner] };
}
