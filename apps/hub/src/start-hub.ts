import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { ServerType } from '@hono/node-server';
import { SANTOKIT_VERSION } from '@santokit/contract';
import { newUlid } from '@santokit/crypto';
import { openTracing } from '@santokit/telemetry';
import { hubApp, internalOnlyApp } from './app.ts';
import { recordUnrecorded } from './audit/record-refusal.ts';
import { ConfigError, type HubConfig, readConfig } from './config.ts';
import { buildDeps, type Deps } from './deps.ts';
import { createDoor } from './http/create-door.ts';
import { issueSetupToken } from './operators/setup-token.ts';
import { currentReleaseKey, ensureReleaseKey } from './releases/release-key.ts';
import { watchDrift } from './schema/drift-watch.ts';
import { migrate } from './store/migrate.ts';
import { storeError } from './store/store-error.ts';
import { startUpkeep } from './upkeep.ts';

const STOP_WITHIN_MS = 10_000;
/** Of it, for what is left of traces. */
const TRACES_GRACE_MS = 2_000;
const AUDIT_GUARDS = {
  owner: "The audit log belongs to another role than the Hub's",
  triggers: "Triggers guard the audit log, which the Hub's role could drop: docs/audit.md says how to do better",
};

/**
 * Starts the Hub: configuration, migrations, doors; stops it on SIGTERM and SIGINT. What keeps it from starting is one plain
 * message and exit code 1.
 */
export async function startHub(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const config = readConfigOrExit(environment);
  const stopping = new AbortController();
  const built = buildDeps(config, stopping.signal);
  try {
    const program = { service: 'santokit-hub', version: SANTOKIT_VERSION, instanceId: `hub_${newUlid()}` };
    const tracing = await openTracing(config.tracing, { ...program, logger: built.logger });
    const deps: Deps = { ...built, tracing };
    const auditGuard = await migrate(config.databaseUrl);
    await ensureReleaseKey(deps);
    await requireMasterKey(deps);
    await deps.pointers.start();
    await printSetupToken(deps);
    const doors = openDoors(deps, config);
    stopOnSignal(deps, doors, stopping);
    watchDrift(deps);
    await Promise.all(doors.map((door) => listen(deps, door, config.host)));
    startUpkeep(deps);
    deps.logger.info({ auditGuard }, AUDIT_GUARDS[auditGuard]);
  } catch (thrown) {
    const reason =
      thrown instanceof Error
        ? thrown.message || ('code' in thrown && String(thrown.code)) || thrown.name
        : String(thrown);
    process.stderr.write(`The Hub cannot start: ${reason}\n`);
    process.exit(1);
  }
}

function readConfigOrExit(environment: Readonly<Record<string, string | undefined>>): HubConfig {
  try {
    return readConfig(environment);
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    process.stderr.write(`${thrown.message}\n`);
    process.exit(1);
  }
}

/** A Hub that could not open what it sealed would start, and fail at the first apply. */
async function requireMasterKey(deps: Deps): Promise<void> {
  try {
    await currentReleaseKey(deps);
  } catch (cause) {
    if (storeError(cause) !== undefined) throw cause;
    throw new Error('STK_HUB_MASTER_KEY is not the key that the secrets in this database were sealed with', { cause });
  }
}

interface Door {
  readonly server: ServerType;
  readonly port: number;
  readonly name: string;
}

function openDoors(deps: Deps, config: HubConfig): Door[] {
  const main = { server: createDoor(hubApp(deps)), port: config.port, name: 'Hub' };
  if (config.internalPort === undefined) return [main];
  const server = createDoor(internalOnlyApp(deps));
  return [main, { server, port: config.internalPort, name: 'Hub (internal)' }];
}

async function listen(deps: Deps, { server, port, name }: Door, host: string | undefined): Promise<void> {
  server.listen(port, host);
  await once(server, 'listening');
  deps.logger.info({ port: (server.address() as AddressInfo).port }, `${name} is listening`);
}

async function printSetupToken(deps: Deps): Promise<void> {
  const token = await issueSetupToken(deps);
  if (token !== undefined)
    process.stderr.write(`No operator yet. Set the Hub up with this token, which is shown once: ${token}\n`);
}

function stopOnSignal(deps: Deps, doors: readonly Door[], stopping: AbortController): void {
  const stop = async () => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    deps.logger.info('Stopping');
    setTimeout(() => process.exit(0), STOP_WITHIN_MS).unref();
    await Promise.all(doors.map(({ server }) => new Promise((resolve) => server.close(resolve))));
    await recordUnrecorded(deps);
    await deps.functions.close();
    await deps.store.close();
    await deps.tracing?.close(TRACES_GRACE_MS);
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
}
