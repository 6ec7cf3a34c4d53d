import type { Console } from './console.ts';

const QUIET_MS = 400;
const TICK_MS = 1_000;
const CLEAR_LINE = '\r\u001b[K';

/**
 * Runs `work`; when it takes longer than a moment, a terminal shows `message` and the seconds so far.
 * (clack's spinner is not used: it reads the keyboard raw and makes Ctrl-C exit with 0.)
 */
export async function withProgress<T>(console: Console, message: string, work: () => Promise<T>): Promise<T> {
  if (!console.interactive) return work();
  const startedAt = performance.now();
  let shown = false;
  const show = () => {
    shown = true;
    const seconds = Math.floor((performance.now() - startedAt) / 1_000);
    console.stderr.write(`${CLEAR_LINE}${console.style('dim', `${message} … ${seconds > 0 ? `${seconds} s` : ''}`)}`);
  };
  const first = setTimeout(show, QUIET_MS);
  const ticks = setInterval(show, TICK_MS);
  try {
    return await work();
  } finally {
    clearTimeout(first);
    clearInterval(ticks);
    if (shown) console.stderr.write(CLEAR_LINE);
  }
}
