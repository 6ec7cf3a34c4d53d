import { describe, expect, it } from 'vitest';
import { parseConnectionUrl } from './connection-url.ts';

describe('a connection URL', () => {
  it.each([
    [
      'postgres://u:p@db:6000/app',
      { host: 'db', port: 6000, path: undefined, database: 'app', user: 'u', password: 'p', ssl: false },
    ],
    ['postgresql://u%40x:p%2F%3A@[::1]', { host: '::1', port: 5432, database: 'u@x', user: 'u@x', password: 'p/:' }],
    ['postgres://u@localhost/app?host=/run/pg', { host: '/run/pg', path: '/run/pg/.s.PGSQL.5432' }],
    ['postgres://u@db/app?sslmode=prefer', { ssl: 'prefer' }],
    ['postgres://u@db/app?sslmode=require&channel_binding=require', { ssl: 'require' }],
    ['postgres://u@db/app?sslmode=verify-full', { ssl: 'verify-full' }],
    ['postgres://u@db/app?sslrootcert=system', { ssl: 'verify-full' }],
  ])('%s is understood', (url, target) => {
    expect(parseConnectionUrl(url)).toMatchObject(target);
  });

  it.each([
    'mysql://u:secret@db/app',
    'secret',
    'postgres://:secret@db/app',
    'postgres://u:secret@db:99999/app',
    'postgres://u:secret@db/app?sslmode=maybe',
    'postgres://u:secret@db/app?sslrootcert=/etc/ca.pem',
    'postgres://u:secret%zz@db/app',
  ])('%s is refused without being repeated', (url) => {
    expect(() => parseConnectionUrl(url)).toThrow(/^Invalid connection URL: (?!.*secret)/);
  });

  it('verifies the authority but not the name under verify-ca, as libpq does', () => {
    const { ssl } = parseConnectionUrl('postgres://u@db/app?sslmode=verify-ca');
    expect(ssl).toEqual({ checkServerIdentity: expect.any(Function) });
  });
});
