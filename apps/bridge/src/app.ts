import type { BridgeConfig } from './config.ts';
import { createDeps, type DepsOverrides, GRACE_MS } from './deps.ts';
import { BridgeServer } from './server/bridge-server.ts';

export interface RunningBridge {
  readonly port: number;
  /** Answers what is in flight (up to 30 s), then closes everything. */
  stop(): Promise<void>;
}

/** Starts a Bridge. It answers at once; what it serves comes as it is pulled. */
export async function startBridge(config: BridgeConfig, overrides?: DepsOverrides): Promise<RunningBridge> {
  const deps = await createDeps(config, overrides);
  const { logger, targets, functions, reporter, rateLimiter, leaveHub, jobs, workers, tracing } = deps;
  const server = new BridgeServer(deps);

  const port = await server.listen(config.port, config.host).catch(async (error: unknown) => {
    rateLimiter.close();
    await jobs?.close();
    throw error;
  });
  targets.start();
  reporter.start();
  logger.info({ port }, 'The Bridge listens');
  if (config.authDisabled) logger.warn('Authentication is off: every caller without a credential is an admin');

  return {
    port,
    async stop() {
      logger.info('The Bridge stops');
      await Promise.all([server.drain(GRACE_MS), workers?.stop(GRACE_MS)]);
      await jobs?.close();
      // What is held open at the Hub ends when it has been told, and the targets with it.
      const left = reporter.stop().finally(leaveHub);
      await Promise.all([server.close(), left, targets.stop(GRACE_MS)]);
      functions.close();
      rateLimiter.close();
      await tracing?.close(TRACES_GRACE_MS);
      logger.info('The Bridge stopped');
    },
  };
}

/** What is left of traces is sent within this: by then nobody waits for an answer, but whoever stops the Bridge for its end. */
const TRACES_GRACE_MS = 2_000;
