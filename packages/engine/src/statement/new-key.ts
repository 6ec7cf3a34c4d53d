import type { KeyGenerator } from '@santokit/contract';
import { nanoid } from 'nanoid';
import { monotonicFactory } from 'ulid';
import { v4, v7 } from 'uuid';

/** Within one millisecond keys still ascend, so that the rows of a list sort in the order in which they were sent. */
const ulid = monotonicFactory();

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
