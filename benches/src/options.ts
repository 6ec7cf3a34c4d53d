import { parseArgs } from 'node:util';
import { CREDENTIAL_NAMES, type CredentialName } from './credentials.ts';
import { SCENARIO_NAMES, type ScenarioName } from './scenarios.ts';
import { wholeNumber } from './whole-number.ts';

export interface BenchOptions {
  readonly rounds: number;
  /** Of each phase. */
  readonly seconds: number;
  readonly connections: number;
  /** Of each server's pool. */
  readonly pool: number;
  readonly scenarios: readonly ScenarioName[];
  readonly credentials: readonly CredentialName[];
  /** Requests to the Bridge after which memory must be as before; 0: none. */
  readonly soak: number;
  /** What the hand-written handler runs with: the driver as it is released, or with the patches of the Bridge. */
  readonly driver: DriverName;
  /** Folder that gets a CPU profile of each server. */
  readonly profile: string | undefined;
}

export const DRIVER_NAMES = ['released', 'patched'] as const;
export type DriverName = (typeof DRIVER_NAMES)[number];

export const HELP = `npm run bench -- [options]

Measures the Bridge against a hand-written handler on the same database, core and pool settings.

  --rounds N        rounds, of which medians are taken (5)
  --seconds N       length of each phase (3)
  --connections N   keep-alive connections of the load (32)
  --pool N          database connections of each server (8)
  --scenario NAME   only this one; may stand several times: ${SCENARIO_NAMES.join(', ')}
  --credential NAME only this one; may stand several times: ${CREDENTIAL_NAMES.join(', ')}
  --soak N          then sends N list calls to the Bridge and prints its memory on the way (0)
  --driver NAME     the hand-written handler's postgres.js: released (which is meant where nothing is said), or patched as the Bridge's is
  --profile DIR     writes a CPU profile of each server to DIR, to be opened in a browser's developer tools
  --help`;

/** Reads the command line. @returns undefined when help is asked for. @throws Error in words for the user */
export function readOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '3' },
      connections: { type: 'string', default: '32' },
      pool: { type: 'string', default: '8' },
      scenario: { type: 'string', multiple: true },
      credential: { type: 'string', multiple: true },
      soak: { type: 'string', default: '0' },
      driver: { type: 'string', default: 'released' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    rounds: wholeNumber('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    connections: wholeNumber('connections', values.connections),
    pool: wholeNumber('pool', values.pool),
    scenarios: chosen('scenario', values.scenario, SCENARIO_NAMES),
    credentials: chosen('credential', values.credential, CREDENTIAL_NAMES),
    soak: wholeNumber('soak', values.soak, 0),
    driver: chosen('driver', [values.driver], DRIVER_NAMES)[0] ?? 'released',
    profile: values.profile,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`--${name} must be a number above 0, not "${text}"`);
  return value;
}

function chosen<T extends string>(name: string, given: readonly string[] | undefined, all: readonly T[]): readonly T[] {
  const unknown = given?.find((value) => !(all as readonly string[]).includes(value));
  if (unknown !== undefined) throw new Error(`--${name} is one of: ${all.join(', ')}; not "${unknown}"`);
  return given === undefined ? all : all.filter((value) => given.includes(value));
}
