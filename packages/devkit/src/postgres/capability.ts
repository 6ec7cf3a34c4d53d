import { readFileSync } from 'node:fs';

/** Bits of Linux's capability sets: capabilities(7), linux/capability.h. */
export const CAP_DAC_READ_SEARCH = 2n;

/** Whether this process holds a Linux capability (always false on other systems). */
export function hasCapability(bit: bigint): boolean {
  if (process.platform !== 'linux') return false;
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return effective !== undefined && (BigInt(`0x${effective}`) & (1n << bit)) !== 0n;
}
