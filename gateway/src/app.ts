// The composition root: configuration → database → services → facades → listener, and the way back. The only place that
// sees every part.

import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { closeListener, listenOn } from "./app/listen.ts";
import { createMessagePath, type MessagePath } from "./app/message-path.ts";
import { type OpenedDatabase, openGatewayDatabase } from "./app/open-database.ts";
import { createProviderStore } from "./app/provider-store.ts";
import { createRotation } from "./app/rotation.ts";
import { createTlsRenewal, readTlsFiles } from "./app/tls.ts";
import { type Config, loadConfig } from "./config/load.ts";
import { createUpstreamUrls } from "./core/callbacks/upstream-url.ts";
import { type Clock, systemClock } from "./core/clock.ts";
import { createSealer, type Sealer } from "./core/credentials/seal.ts";
import { createFusionAuthFacade } from "./facades/fusionauth/index.ts";
import { createHooksFacade } from "./facades/hooks/index.ts";
import { createListener } from "./facades/listener.ts";
import { registerNativeFacade } from "./facades/native/index.ts";
import { createOauthFacade } from "./facades/oauth/index.ts";
import { oauthOpenapi } from "./facades/oauth/openapi.ts";
import { joinOpenapi } from "./facades/openapi-part.ts";
import { createPingOneFacade } from "./facades/pingone/index.ts";
import { pingOneOpenapi } from "./facades/pingone/openapi.ts";
import { createTwilioFacade } from "./facades/twilio/index.ts";
import { twilioOpenapi } from "./facades/twilio/openapi/document.ts";
import { createZitadelFacade } from "./facades/zitadel/index.ts";
import { zitadelOpenapi } from "./facades/zitadel/openapi.ts";
import { createHealth, type Health } from "./observe/health.ts";
import { createLog } from "./observe/log.ts";
import { createMetrics, type Metrics } from "./observe/metrics.ts";
import { type Authenticator, createAuthenticator } from "./services/authenticator.ts";
import { applyBootstrap, type BootstrapResult } from "./services/bootstrap/apply.ts";
import { loadMasterKeys } from "./services/bootstrap/master-keys.ts";
import { createDatabaseClock } from "./services/database-clock.ts";
import { createHousekeeping } from "./services/housekeeping.ts";
import { createIncomingHooks } from "./services/incoming-hooks.ts";
import { createKeyUses, type KeyUses } from "./services/key-uses.ts";
import { createSignIn } from "./services/oauth/sign-in.ts";
import { createSignedTokens } from "./services/oauth/signed-tokens.ts";
import { createSigningKeys, type SigningKeys } from "./services/oauth/signing-keys.ts";
import { createOauthUpkeep } from "./services/oauth/upkeep.ts";
import { createPartitionMaintenance } from "./services/partitions.ts";
import { createFindClientAuthentication } from "./services/providers/client-authentication.ts";
import type { Providers } from "./services/providers.ts";
import { createResealing } from "./services/resealing.ts";
import { createAddressMasking } from "./services/retention/address-masking.ts";
import { createRetention } from "./services/retention/retention.ts";
import type { Rotations } from "./services/rotation/rotations.ts";
import { partialService, type Service } from "./services/service.ts";
import { createWelcome, type Welcome } from "./services/welcome.ts";
import { readQueueDepth } from "./store/queue-depth.ts";

export interface Gateway {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  readonly config: Config;
  readonly account: BootstrapResult;
  /** Where the dashboard hands out the first account's credentials, once; null: it does not. */
  readonly welcomeLink: string | null;
  /** Drains and stops everything; resolves within 15 s. */
  stop(): Promise<void>;
}

/**
 * Starts a gateway. Rejects with a message for the operator when it cannot; nothing is left running then. `signal` ends
 * the wait for a database that is away. `clock`: in place of the database's and this host's.
 */
export async function startGateway(env: NodeJS.ProcessEnv, signal?: AbortSignal, clock?: Clock): Promise<Gateway> {
  const config = loadConfig(env);
  const log = createLog({ level: config.logLevel });
  for (const warning of config.warnings) log.warn(warning);
  const database = await openGatewayDatabase({ config, clock: systemClock, log, signal });
  const parts: Parts = { config, log, database, metrics: createMetrics(), started: [], ...(clock && { clock }) };
  try {
    return await startOn(parts);
  } catch (error) {
    await stopAll(parts);
    throw error;
  }
}

interface Parts {
  readonly config: Config;
  readonly log: Logger;
  readonly database: OpenedDatabase;
  readonly metrics: Metrics;
  readonly clock?: Clock;
  /** What runs, in the order in which it was started. */
  readonly started: Service[];
}

async function startOn(parts: Parts): Promise<Gateway> {
  const { config, log, database, metrics } = parts;
  const { db, queueDb } = database;
  const clock = await startClock(parts);
  const keys = await loadMasterKeys(config.masterKey);
  const sealer = createSealer({ keys });
  const bootstrap = { db, sealer, clock, log, file: config.bootstrapFile, dataDir: config.dataDir };
  const account = await applyBootstrap(bootstrap);
  const { loopbackOnly, publicUrl, trustedProxies } = config;
  const isPrivate = loopbackOnly && publicUrl === null && trustedProxies.length === 0;
  const welcome = createWelcome({ clock, dataDir: config.dataDir, account, isPrivate });
  const health = createHealth({ db, clock, log });
  const flagProvider: Providers["flag"] = (...flag) => store.providers.flag(...flag);
  const listening: { url: string | null } = { url: null };
  const upstreamUrls = createUpstreamUrls({
    ...{ keys, publicUrl: config.publicUrl, twilioBaseUrl: config.twilioBaseUrl },
    listeningOrigin: () => (config.loopbackOnly && config.roles.api ? listening.url : null),
  });
  const recheckProvider: Providers["recheck"] = (...provider) => store.providers.recheck(...provider);
  const path = createMessagePath({
    ...{ config, database, sealer, clock, log, metrics, flagProvider, recheckProvider, upstreamUrls },
  });
  metrics.collectFrom({ databaseUp: () => health.databaseUp, sample: () => readQueueDepth(queueDb) });
  const store = createProviderStore({
    ...{ db, sealer, clock, log, upstreams: path.upstreams },
    checks: config.roles.dispatch,
  });
  const { providers } = store;
  const signingKeys = createSigningKeys({ db, sealer, clock });
  const signedTokens = createSignedTokens({ signingKeys, clock });
  const keyUses = createKeyUses({ db, clock, log });
  const authenticator = createAuthenticator({ db, sealer, clock, log, keyUses, signedTokens });
  const rotation = createRotation({
    ...{ db, sealer, clock, log, authenticator, upstream: path.upstreams.twilio },
    runs: config.roles.dispatch,
  });
  const { rotations } = rotation;
  const retention = createRetention({ db, queueDb, clock, log, limits: config.retention });
  const app = await createApp(parts, {
    ...{ sealer, clock, health, path, providers, signingKeys, authenticator, keyUses, rotations, welcome },
    onRetentionChanged: retention.wake,
  });

  const upkeep = config.roles.dispatch
    ? [
        createPartitionMaintenance({ db, clock, log }),
        createHousekeeping({ db, clock, log }),
        retention,
        createAddressMasking({ db: queueDb, clock, log }),
        createOauthUpkeep({ db, clock, log, signingKeys }),
        ...(keys.length > 1 ? [createResealing({ db, sealer, log })] : []),
      ]
    : [];
  const renewal = createTlsRenewal({ app, wanted: config.tls, log });
  for (const service of [
    health,
    renewal,
    keyUses,
    ...upkeep,
    ...store.services,
    ...rotation.services,
    ...path.services,
  ]) {
    await service.start();
    parts.started.push(service);
  }
  const url = await listenOn(app, config);
  listening.url = url;
  parts.started.push(partialService("listener", { stop: () => closeListener(app) }));
  health.markMigrated();
  const welcomeLink = config.roles.api ? welcome.link(reachable(url)) : null;
  return { url: reachable(url), config, account, welcomeLink, stop: () => stopGateway(parts, health) };
}

/** A database of one's own has the same clock. */
async function startClock({ database, log, started, clock: given }: Parts): Promise<Clock> {
  if (given !== undefined) return given;
  if (database.alone) return systemClock;
  const clock = createDatabaseClock({ db: database.db, clock: systemClock, log });
  await clock.start();
  started.push(clock);
  return clock;
}

interface AppParts {
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly health: Health;
  readonly path: MessagePath;
  readonly providers: Providers;
  readonly signingKeys: SigningKeys;
  readonly authenticator: Authenticator;
  readonly keyUses: KeyUses;
  readonly rotations: Rotations;
  readonly welcome: Welcome;
  readonly onRetentionChanged: () => void;
}

async function createApp(
  { config, log, database, metrics }: Parts,
  { sealer, clock, health, path, signingKeys, ...services }: AppParts,
): Promise<FastifyInstance> {
  const { db, listDb } = database;
  const tls = await readTlsFiles(config.tls);
  const app = createListener({ config, tls, log, metrics, health, clock });
  const { defaultRegion } = config;
  const incomingHooks = createIncomingHooks({ db, sealer });
  const signIn = createSignIn({ db, clock, log });
  const shared = { db, listDb, clock, log, sealer, defaultRegion, incomingHooks, signIn, ...services, ...path };
  await registerNativeFacade(app, {
    ...shared,
    config,
    health,
    metrics,
    dashboardDir: fileURLToPath(new URL("../../dashboard/dist", import.meta.url)),
    others: joinOpenapi(twilioOpenapi, oauthOpenapi, pingOneOpenapi, zitadelOpenapi),
  });
  if (!config.roles.api) return app;
  await app.register(createTwilioFacade(shared));
  await app.register(createOauthFacade({ ...shared, signingKeys }));
  await app.register(createFusionAuthFacade({ ...shared, tenants: config.fusionAuthTenants }));
  const find = path.upstreams.http.findClientAuthentication;
  const findClientAuthentication = createFindClientAuthentication({ db, sealer, find });
  await app.register(createPingOneFacade({ ...shared, signingKeys, findClientAuthentication }));
  await app.register(createZitadelFacade(shared));
  await app.register(createHooksFacade({ ...path.intake, log, fusionAuth: shared, pingOne: shared, zitadel: shared }));
  return app;
}

async function stopGateway(parts: Parts, health: Health): Promise<void> {
  health.markDraining();
  await stopAll(parts);
}

async function stopAll({ started, database, metrics, log }: Parts): Promise<void> {
  for (const service of started.toReversed()) {
    await service.stop().catch((error: unknown) => log.error({ err: error }, `${service.name} did not stop cleanly`));
  }
  metrics.close();
  await database.close();
}

/** An address that can be typed: a gateway that listens everywhere is reached on loopback. */
function reachable(url: string): string {
  return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
}
