#!/usr/bin/env node
// Runs src/main.ts with Node 24: in this process when it is new enough, else with the Node that the checkout pins.
// Plain JavaScript, because it has to work under Node 20.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stopWithNpm } from './stop-with-npm.mjs';

const WANTED_MAJOR = 24;
const mainUrl = new URL('../src/main.ts', import.meta.url);

stopWithNpm(() => process.kill(process.pid, 'SIGTERM'));
if (Number(process.versions.node.split('.')[0]) >= WANTED_MAJOR) {
  await import(mainUrl.href);
} else {
  const node = findPinnedNode(dirname(fileURLToPath(import.meta.url)));
  if (node === undefined) {
    process.stderr.write(
      `stk needs Node ${WANTED_MAJOR} and this is ${process.version}. In a checkout, run: npm run setup\n`,
    );
    process.exitCode = 1;
  } else {
    runWith(node);
  }
}

/** The Node that the nearest `.tools` folder upwards holds, or undefined. */
function findPinnedNode(start) {
  const windows = process.platform === 'win32';
  const binary = windows ? ['bin', 'node.exe'] : ['bin', 'node'];
  const name = `node-${windows ? 'win' : process.platform}-${process.arch}`;
  for (let folder = start; ; folder = dirname(folder)) {
    const candidate = join(folder, '.tools', 'node_modules', name, ...binary);
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) return undefined;
  }
}

/** The child shares our streams. The IPC channel is there to close when we are killed: the child then stops too. */
function runWith(node) {
  const child = spawn(node, [fileURLToPath(mainUrl), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`stk could not start ${node}: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
