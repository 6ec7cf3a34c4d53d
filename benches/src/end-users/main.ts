import { parseArgs } from 'node:util';
import { leaveServerCore } from '../cores.ts';
import { runBench } from '../run-bench.ts';
import { wholeNumber } from '../whole-number.ts';
import { fillUsers } from './fill-users.ts';
import { setHubStage } from './hub-stage.ts';
import { measureLoginTiming } from './login-timing.ts';
import { measureUsers } from './measure-users.ts';

const HELP = `npm run bench:users -- [options]

Fills a Hub with end users and measures what they and operators ask for, then whether the time of a login tells what account there is.

  --users N    users in the env (1000000)
  --rounds N   refused logins to each kind of account; 0: none (500)
  --only WHAT  speed, or timing
  --help`;

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

interface Options {
  readonly users: number;
  readonly rounds: number;
  readonly only: string | undefined;
}

await runBench(async () => {
  const { values } = parseArgs({
    options: {
      users: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '500' },
      only: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return print(HELP);
  const [users, rounds] = [wholeNumber('users', values.users, 1_000), wholeNumber('rounds', values.rounds, 0)];
  const { only } = values;
  if (only !== undefined && only !== 'speed' && only !== 'timing')
    throw new Error(`--only is one of: speed, timing; not "${only}"`);
  await bench({ users, rounds, only });
});

async function bench({ users, rounds, only }: Options): Promise<void> {
  if (!leaveServerCore()) print('The Hub cannot be given a core of its own here: figures scatter more.');
  print('Starting PostgreSQL and a Hub …');
  const stage = await setHubStage();
  try {
    print(`Filling it with ${users} users …`);
    await fillUsers(stage.store, stage.envId, users);
    if (only !== 'timing') print(`\n${await measureUsers(stage, users)}`);
    if (only !== 'speed' && rounds > 0) print(`\n${await measureLoginTiming(stage, users, rounds)}`);
  } finally {
    await stage.close();
  }
}
