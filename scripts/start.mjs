// Serves the bookshop on an embedded database, fills it with rows, and prints first calls to copy.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { root } from './bootstrap.mjs';

const example = join(root, 'examples', 'bookshop');
const stk = join(root, 'packages', 'cli', 'bin', 'stk.mjs');

const dev = spawn(process.execPath, [stk, 'dev', '--json', '--dir', example, ...process.argv.slice(2)], {
  stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => dev.kill(signal));
process.on('disconnect', () => dev.kill('SIGTERM'));
dev.on('exit', (code) => process.exit(code ?? 1));

const lines = createInterface({ input: dev.stdout });
const [line] = await once(lines, 'line');
const { hubUrl, bridgeUrl, databaseUrl, project, env, apiKey } = JSON.parse(line);
const { stdout } = await promisify(execFile)(process.execPath, [join(example, 'seed.mjs'), bridgeUrl, apiKey]);
const user = JSON.parse(await readFile(dataFile('test-user.json'), 'utf8'));

const call = (path, credential, params) =>
  `curl -s ${bridgeUrl}/call/${path} -H 'Content-Type: application/json' \\\n    -H '${credential}' -d '${JSON.stringify(params)}'`;
const asOwner = `X-Santokit-Api-Key: ${apiKey}`;
const asCustomer = `Authorization: Bearer ${user.accessToken}`;
const count = { select: ['title', 'price'], limit: 2, count: 'exact' };

console.log(`The bookshop is open (${project}/${env}). ${stdout.trim()}

  Bridge     ${bridgeUrl}      serves the calls
  Hub        ${hubUrl}      plans, applies, releases
  Database   ${databaseUrl}
  API key    ${apiKey}   (role admin)
  Test user  ${user.email}, password ${user.password}
  token      ${user.accessToken}

Allowed: the owner sees all books ("count" says how many there are).

  ${call('db/books/select', asOwner, count)}

Filtered by row policy: a customer sees the listed ones, and no stock.

  ${call('db/books/select', asCustomer, count)}

Refused: a customer may not take a book from the shelf.

  ${call('db/books/delete', asCustomer, { where: { genre: 'poetry' } })}

Logic of the shop's own: what sold best, in SQL.

  ${call('logics/bestsellers', asCustomer, { days: 3650 })}

The project is in ${example}. Ctrl-C stops everything; the data is kept.`);

function dataFile(name) {
  const at = process.argv.indexOf('--data-dir');
  return join(at > 0 ? (process.argv[at + 1] ?? '') : join(example, '.stk', 'dev'), name);
}
