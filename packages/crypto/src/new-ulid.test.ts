import { decodeTime, isValid } from 'ulid';
import { expect, it } from 'vitest';
import { newUlid } from './new-ulid.ts';

it('a ULID tells its instant, and no two are the same', () => {
  const nowMs = Date.UTC(2026, 0, 1);
  const ids = Array.from({ length: 1_000 }, () => newUlid(nowMs));
  expect(ids.every((id) => isValid(id) && decodeTime(id) === nowMs)).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(ids.flatMap((id) => [...id.slice(10)])).size).toBe(32);
  expect(newUlid() > newUlid(nowMs)).toBe(true);
});
