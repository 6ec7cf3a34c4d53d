import type { StackState } from './stack-state.ts';

type Variables = Readonly<Record<string, string>>;

/** The Hub's environment in a local stack. */
export function hubEnvironment(hub: { state: StackState; port: number; databaseUrl: string }): Variables {
  return {
    ...inherited(),
    STK_HUB_DATABASE_URL: hub.databaseUrl,
    STK_HUB_MASTER_KEY: hub.state.masterKey,
    STK_HUB_HOST: '127.0.0.1',
    STK_HUB_PORT: String(hub.port),
    STK_HUB_PUBLIC_URL: `http://127.0.0.1:${hub.port}`,
    STK_HUB_SETUP_TOKEN: hub.state.setupToken,
    STK_BRIDGE_TOKENS: hub.state.bridgeToken,
  };
}

/** The Bridge's environment: it polls often, because a person waits for what was changed. */
export function bridgeEnvironment(bridge: {
  state: StackState;
  port: number;
  hubUrl: string;
  target: string;
  jobsUrl: string;
  cron: boolean;
}): Variables {
  return {
    ...inherited(),
    STK_HUB_URL: bridge.hubUrl,
    STK_BRIDGE_TOKEN: bridge.state.bridgeToken,
    STK_BRIDGE_HOST: '127.0.0.1',
    STK_BRIDGE_PORT: String(bridge.port),
    STK_BRIDGE_TARGETS: bridge.target,
    STK_JOBS_URL: bridge.jobsUrl,
    STK_BRIDGE_CRON: bridge.cron ? 'on' : 'off',
    STK_BRIDGE_POLL_INTERVAL: '1s',
    STK_BRIDGE_HUB_BACKOFF_MIN: '100ms',
    STK_BRIDGE_HUB_BACKOFF_MAX: '1s',
  };
}

/** This process's environment without Santokit's variables, which are meant for other Hubs and Bridges than these. */
function inherited(): Variables {
  const entries = Object.entries(process.env).flatMap(([name, value]): [string, string][] =>
    value === undefined || (name.startsWith('STK_') && !name.startsWith('STK_LOG_')) ? [] : [[name, value]],
  );
  return Object.fromEntries(entries);
}
