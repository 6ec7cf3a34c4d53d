import { expect, it } from 'vitest';
import { provenIdentity } from './proven-identity.ts';

const who = { iss: 'https://id.example.com', sub: 's1' };
const email = 'Ann@Example.com';

it.each([
  ['verified', { email, email_verified: true }, {}, 'ann@example.com'],
  ['verified, in words', { email, email_verified: 'true' }, {}, 'ann@example.com'],
  ['told by userinfo', {}, { email, email_verified: true }, 'ann@example.com'],
  ['verified by userinfo, which told another', { email: 'eve@example.com' }, { email, email_verified: true }, null],
  ['told by userinfo, and verified by the ID token', { email_verified: true }, { email }, null],
  ['not verified', { email, email_verified: false }, {}, null],
  ['verified with a number', { email, email_verified: 1 }, {}, null],
  ['no text', { email: [email], email_verified: true }, {}, null],
  ['no address', { email: 'ann\0@example.com', email_verified: true }, {}, null],
])('an email that is %s', (_, idToken, userInfo, expected) => {
  expect(provenIdentity({ idToken: { ...who, ...idToken }, userInfo, roles: null })?.email).toBe(expected);
});

it.each(['', 'x'.repeat(256), 'a\0b', 'é'])('a subject that is none is nobody: %j', (sub) => {
  expect(provenIdentity({ idToken: { ...who, sub }, userInfo: {}, roles: null })).toBeNull();
});
