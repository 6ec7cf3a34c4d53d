import { customAlphabet } from 'nanoid';
import { encodeTime } from 'ulid';

/** 80 bits in Crockford's base 32, drawn from a pool: `ulid` asks the system for each character alone, which takes a hundred times as long. */
const randomPart = customAlphabet('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 16);

/** A new ULID of an instant, milliseconds since the epoch; default now. */
export function newUlid(atMs: number = Date.now()): string {
  return encodeTime(atMs, 10) + randomPart();
}
