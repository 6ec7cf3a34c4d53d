// Installs what only tests need and npm does not have, where that can be done: node scripts/install-test-servers.mjs
import { spawnSync } from 'node:child_process';

const isHere = (program) => spawnSync(program, ['--version']).error === undefined;
const isRoot = process.getuid?.() === 0;

if (!isHere('redis-server')) {
  if (isRoot && isHere('apt-get')) install('redis-server');
  if (!isHere('redis-server'))
    console.error(
      `redis-server is not here${isRoot ? ' and could not be installed' : ', and only root on Debian could install it'}: what needs it is skipped.`,
    );
}

function install(name) {
  console.error(`Installing ${name}, which some tests need.`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) => spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
  const installed = () => apt('install', '-y', '--no-install-recommends', name);
  // Where the lists of packages are old or not there, they come first.
  if (!installed() && apt('update')) installed();
}
