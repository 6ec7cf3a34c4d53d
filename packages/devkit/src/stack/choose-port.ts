import { findFreePort, isPortFree } from '../postgres/free-port.ts';
import { StackError } from './stack-error.ts';

/**
 * The port to listen on: `wanted`, or a free one other than `not` for 0.
 *
 * @throws {StackError} that names the flag when `wanted` is taken.
 */
export async function choosePort(wanted: number, { flag, not }: { flag: string; not: number }): Promise<number> {
  if (wanted === 0) {
    for (;;) {
      const port = await findFreePort();
      if (port !== not) return port;
    }
  }
  if (wanted === not) throw new StackError(`Hub and Bridge cannot share port ${wanted}: give another with ${flag}`);
  if (await isPortFree(wanted)) return wanted;
  throw new StackError(
    `Port ${wanted} is in use: give another with ${flag} (0 takes a free one), or stop what listens there`,
  );
}
