import { hash } from '@node-rs/argon2';
import { describe, expect, it } from 'vitest';
import { isCommonPassword } from './common-password.ts';
import { hashPassword, needsRehash, passwordHashing, verifyPassword } from './password.ts';

describe('a password', () => {
  it('is recorded with the parameters that it was hashed with, and not to be hashed anew', async () => {
    const hashed = await hashPassword('password of a test');
    expect(passwordHashing(hashed)).toEqual({ algorithm: 'argon2id', parameters: 'v=19,m=19456,t=2,p=1' });
    expect(needsRehash(hashed)).toBe(false);
  });

  it.each([
    ['less memory', { memoryCost: 8_192, timeCost: 2, parallelism: 1 }],
    ['more passes', { memoryCost: 19_456, timeCost: 3, parallelism: 1 }],
    ['another variant', { memoryCost: 19_456, timeCost: 2, parallelism: 1, algorithm: 1 }],
  ])('that was hashed with %s verifies, and is to be hashed anew', async (_, parameters) => {
    const hashed = await hash('password of a test', parameters);
    expect(await verifyPassword(hashed, 'password of a test')).toBe(true);
    expect(needsRehash(hashed)).toBe(true);
  });

  it.each(['password', 'PassWord123', 'ｐａｓｓｗｏｒｄ', 'iloveyou', '12345678'])('is common: %s', (password) => {
    expect(isCommonPassword(password)).toBe(true);
  });

  it.each(['# Source: @zxcvbn-ts/language-common', '', '#', 'correct horse battery', 'password of a test'])(
    'is not common: %s',
    (password) => {
      expect(isCommonPassword(password)).toBe(false);
    },
  );
});
