import { startBridge } from './app.ts';
import { ConfigError, readConfig } from './config.ts';

/** The process: `node apps/bridge/src/main.ts`, configured by its environment, stopped by SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const bridge = await startBridge(readConfig(process.env));
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    bridge.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function fail(error: unknown): never {
  process.stderr.write(`${describe(error)}\n`);
  process.exit(1);
}

function describe(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
    return 'The Bridge cannot start: its port (STK_BRIDGE_PORT) is taken';
  return error instanceof Error ? `The Bridge cannot start: ${error.message}` : String(error);
}

main().catch(fail);
