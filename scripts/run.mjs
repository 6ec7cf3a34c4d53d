// Sets up, then runs a program of the workspace with the pinned Node: node scripts/run.mjs <program> [arguments]
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { stopWithNpm } from '../packages/cli/bin/stop-with-npm.mjs';
import { bootstrap, environment, root } from './bootstrap.mjs';

const [program, ...args] = process.argv.slice(2);
const node = bootstrap();
// A script of ours learns by the channel that we are gone, however we went.
const stdio = program === 'node' ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit';
const child = spawn(program === 'node' ? node : program, args, { cwd: root, env: environment(node), stdio });
stopWithNpm(() => child.kill('SIGTERM'));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(`${program} could not be started: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
