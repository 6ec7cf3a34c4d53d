// npm runs us through a shell and passes SIGTERM to that shell alone, which dies and leaves us behind; killed itself, it leaves
// both. Plain JavaScript without dependencies: also what starts before Node 24 is found uses it.
import { readFileSync } from 'node:fs';

const INTERVAL_MS = 250;
const NPM = /^(npm|npx|pnpm)\b|\/(npm-cli|npx-cli|pnpm)\.[cm]?js\b/;

/**
 * Calls `stop` once when this process was started by `npx`, `npm run` or the like and that, or the shell between, is gone.
 * Does nothing otherwise: a process that was put into the background outlives its shell.
 */
export function stopWithNpm(stop) {
  const parent = process.ppid;
  const grandparent = parentOf(parent);
  const byNpm = isNpm(parent);
  const byShellOfNpm = !byNpm && grandparent !== undefined && isNpm(grandparent);
  // Where there is no /proc, only npm's own word can be had.
  const perhapsByNpm = process.platform !== 'linux' && process.env.npm_command === 'exec';
  if (!byNpm && !byShellOfNpm && !perhapsByNpm) return;
  const timer = setInterval(() => {
    if (process.ppid === parent && (!byShellOfNpm || parentOf(parent) === grandparent)) return;
    clearInterval(timer);
    stop();
  }, INTERVAL_MS);
  timer.unref();
}

function isNpm(pid) {
  return NPM.test((read(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' '));
}

/** proc_pid_stat(5): the name in parentheses may hold anything; state and parent follow it. */
function parentOf(pid) {
  const stat = read(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // the process is gone, or this system has no /proc
  }
}
