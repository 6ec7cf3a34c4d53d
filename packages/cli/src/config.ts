import { homedir } from 'node:os';
import { join } from 'node:path';

/** What `stk` takes from the environment. An empty variable counts as absent. */
export interface Environment {
  readonly hubUrl?: string;
  readonly project?: string;
  readonly env?: string;
  readonly token?: string;
  /** The service token of a Bridge on this machine. */
  readonly bridgeToken?: string;
  /** The user's own folder for Santokit's configuration; credentials lie there. */
  readonly configFolder: string;
}

/** The only reader of environment variables in this package. */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const { STK_HUB_URL: hubUrl, STK_PROJECT: project, STK_ENV: env, STK_TOKEN: token } = variables;
  const { STK_BRIDGE_TOKEN: bridgeToken } = variables;
  const configHome = variables.XDG_CONFIG_HOME || join(variables.HOME || homedir(), '.config');
  return {
    ...(hubUrl ? { hubUrl } : {}),
    ...(project ? { project } : {}),
    ...(env ? { env } : {}),
    ...(token ? { token } : {}),
    ...(bridgeToken ? { bridgeToken } : {}),
    configFolder: join(configHome, 'santokit'),
  };
}
