import type { KeyGenerator } from '@santokit/contract';
import { nanoid } from 'nanoid';
import { monotonicFactory } from 'ulid';
import { v4, v7 } from 'uuid';

/** Within one millisecond keys still ascend, so that the rows of a list sort in the order in which they were sent. */
const ulid = monotonicFactory(drawFraction);

/** A fresh value for a key that the Bridge generates. */
export function newKey(generate: Exclude<KeyGenerator, 'client' | 'auto_increment'>): string {
  switch (generate) {
    case 'ulid':
      return ulid();
    case 'nanoid':
      return nanoid();
    case 'uuid_v4':
      return v4();
    case 'uuid_v7':
      return v7();
  }
}

let drawn = new Uint8Array(1_024);
let used = drawn.length;

/** A random number below 1. Drawn from a pool: by itself the library asks the system for each of a key's 16 characters, which an insert feels. */
function drawFraction(): number {
  if (used === drawn.length) {
    drawn = crypto.getRandomValues(new Uint8Array(drawn.length));
    used = 0;
  }
  return (drawn[used++] ?? 0) / 256;
}
