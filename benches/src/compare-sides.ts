import type { CredentialName, Credentials } from './credentials.ts';
import { removeInsertedPosts } from './fill-database.ts';
import type { BenchOptions } from './options.ts';
import { type Phase, runPhase } from './phase.ts';
import type { Comparison } from './report.ts';
import type { ScenarioName } from './scenarios.ts';
import type { ServerProcess } from './server-process.ts';
import type { Stage } from './stage.ts';

export interface CompareOptions extends BenchOptions {
  readonly print: (line: string) => void;
}

const WARM_UP_SECONDS = 2;
/** More than any server answers here, so that new tokens do not run out. */
const MOST_PER_SECOND = 20_000;

/** Runs every scenario with every credential on both sides in turn, round by round, so that a noisy moment meets both. */
export async function compareSides(
  stage: Stage,
  credentials: Credentials,
  options: CompareOptions,
): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const credential of options.credentials)
    for (const scenario of options.scenarios) {
      const comparison = await compare(stage, credentials, { ...options, credential, scenario });
      if (scenario === 'insert') await removeInsertedPosts(stage.databaseUrl);
      options.print(`  ${credential}, ${scenario}`);
      comparisons.push(comparison);
    }
  return comparisons;
}

async function compare(
  { bridge, handWritten, databasePid }: Stage,
  credentials: Credentials,
  options: CompareOptions & { readonly credential: CredentialName; readonly scenario: ScenarioName },
): Promise<Comparison> {
  const { credential, scenario, rounds, connections } = options;
  const phases = { bridge: [] as Phase[], handWritten: [] as Phase[] };
  const run = async (server: ServerProcess, seconds: number) => {
    await credentials.stock(credential, seconds * MOST_PER_SECOND);
    return await runPhase(server, databasePid, {
      connections,
      seconds,
      next: () => credentials.next(scenario, credential),
    });
  };
  for (const server of [bridge, handWritten]) await run(server, WARM_UP_SECONDS);
  for (let round = 0; round < rounds; round++) {
    // Who comes first changes, so that neither always finds the caches as the other left them.
    const order = round % 2 === 0 ? (['bridge', 'handWritten'] as const) : (['handWritten', 'bridge'] as const);
    for (const side of order) phases[side].push(await run(side === 'bridge' ? bridge : handWritten, options.seconds));
  }
  return { credential, scenario, ...phases };
}
