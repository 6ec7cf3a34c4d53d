// Runs every static check and says at the end which ones failed.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bootstrap, environment, root } from './bootstrap.mjs';

const node = bootstrap();
const CHECKS = [
  ['types', 'turbo', ['run', 'types', '--output-logs=errors-only', '--no-update-notifier']],
  ['lint and format', 'biome', ['check', '--error-on-warnings']],
  ['unused code', 'knip', []],
  ['imports', 'depcruise', ['packages', 'apps']],
  ['links', node, [join(root, 'scripts', 'check-links.mjs')]],
];

const failed = CHECKS.filter(([name, program, args]) => {
  console.log(`\n== ${name}`);
  const { status, error } = spawnSync(program, args, {
    cwd: root,
    env: { ...environment(node), TURBO_TELEMETRY_DISABLED: '1' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (error !== undefined) console.error(error.message);
  return status !== 0;
}).map(([name]) => name);

console.log(failed.length === 0 ? '\nAll checks passed.' : `\nFailed: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);
