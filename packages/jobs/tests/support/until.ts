import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves as soon as the condition holds. @throws after 20 s */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('It did not come to hold');
    await sleep(20);
  }
}
