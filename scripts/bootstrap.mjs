// Sets up everything that this repository needs, from the npm registry alone. Runs on Node 20 with nothing installed.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const WANTED_MAJOR = 24;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tools = join(root, '.tools');
const stampFile = join(root, 'node_modules', '.santokit-setup');

/**
 * Installs the pinned Node and pnpm, then the workspace's packages. Does nothing when nothing changed since the last time.
 * @returns the path of the Node that everything runs on
 */
export function bootstrap() {
  requireNode20();
  const stamp = stampOf();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp && pnpmProgram() !== undefined)
    return pinnedNode();
  console.error('Setting up: the pinned Node and pnpm, then the packages. This takes a minute the first time.');
  // Not `npm ci`: it insists on lock entries for platforms whose packages a mirror may not carry.
  run(
    'npm',
    ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    tools,
    process.env,
  );
  const node = pinnedNode();
  run(
    pnpmProgram() ?? 'pnpm',
    ['install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=warn'],
    root,
    environment(node),
  );
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, stamp);
  return node;
}

/** The environment in which the workspace's programs run: the pinned Node and the installed binaries come first. */
export function environment(node) {
  const path = [
    dirname(node),
    dirname(pnpmProgram() ?? tools),
    join(root, 'node_modules', '.bin'),
    process.env.PATH ?? '',
  ];
  return { ...process.env, PATH: path.join(delimiter) };
}

export { root };

function requireNode20() {
  if (Number(process.versions.node.split('.')[0]) >= 20) return;
  fail(`Santokit needs Node 20 or newer to set itself up; this is ${process.version}`);
}

function pinnedNode() {
  const windows = process.platform === 'win32';
  const packaged = join(
    tools,
    'node_modules',
    `node-${windows ? 'win' : process.platform}-${process.arch}`,
    'bin',
    windows ? 'node.exe' : 'node',
  );
  if (existsSync(packaged)) return packaged;
  if (Number(process.versions.node.split('.')[0]) >= WANTED_MAJOR) return process.execPath;
  return fail(
    `There is no packaged Node ${WANTED_MAJOR} for ${process.platform}-${process.arch}: install Node ${WANTED_MAJOR} and run this again`,
  );
}

/** pnpm 12 is a program of its own, in a package for each platform. */
function pnpmProgram() {
  const scope = join(tools, 'node_modules', '@pnpm');
  if (!existsSync(scope)) return undefined;
  const name = readdirSync(scope).find((entry) => entry.startsWith('exe.'));
  const program =
    name === undefined ? undefined : join(scope, name, process.platform === 'win32' ? 'pnpm.exe' : 'pnpm');
  return program !== undefined && existsSync(program) ? program : undefined;
}

/** What an installation depends on. The platform and folder count, because packages hold binaries and links hold paths. */
function stampOf() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${root}`);
  for (const file of ['.tools/package-lock.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml'])
    hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function run(program, args, cwd, env) {
  try {
    execFileSync(program, args, { cwd, env, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  } catch (error) {
    const reason =
      error.code === 'ENOENT'
        ? `${program} was not found`
        : error.code === 'EACCES'
          ? `${program} may not be run`
          : `it ended with ${error.status ?? error.signal ?? error.code}`;
    fail(
      `Setting up failed: ${program} ${args[0]}: ${reason}. Is the npm registry reachable, and may this folder be written to?`,
    );
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  bootstrap();
  console.error('Santokit is set up. Next: npm start, npm test, or npx stk --help');
}
