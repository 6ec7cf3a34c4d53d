import { parseArgs } from 'node:util';
import { leaveServerCore } from '../cores.ts';
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

const print = (line: string) => process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '500' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const [users, rounds] = [Number(values.users), Number(values.rounds)];
if (values.help) print(HELP);
else if (!(Number.isInteger(users) && users >= 1_000)) print('--users must be a whole number from 1000');
else if (!(Number.isInteger(rounds) && rounds >= 0)) print('--rounds must be a whole number from 0');
else await bench();

async function bench(): Promise<void> {
  if (!leaveServerCore()) print('The Hub cannot be given a core of its own here: figures scatter more.');
  print('Starting PostgreSQL and a Hub …');
  const stage = await setHubStage();
  try {
    print(`Filling it with ${users} users …`);
    await fillUsers(stage.store, stage.envId, users);
    if (values.only !== 'timing') print(`\n${await measureUsers(stage, users)}`);
    if (values.only !== 'speed' && rounds > 0) print(`\n${await measureLoginTiming(stage, users, rounds)}`);
  } finally {
    await stage.close();
  }
}
