import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@santokit/devkit';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callBridge } from './support/bridge-client.ts';
import { type DevStack, startDevStack } from './support/dev-stack.ts';
import { repositoryRoot, stk, stkJson } from './support/stk.ts';

const chinookFile = join(
  process.env.STK_CHINOOK_DIR ?? join(repositoryRoot, '../shared/data/chinook'),
  'chinook_postgres.sql',
);

const PERMISSIONS = `version: 1
tables:
  track: { select: { roles: [admin] }, update: { roles: [admin] } }
  album: { select: { roles: [admin] } }
  artist: { select: { roles: [admin] } }
  genre: { select: { roles: [admin] } }
  invoice: { select: { roles: [admin] } }
  invoice_line: { select: { roles: [admin] } }
  playlist: { select: { roles: [admin] } }
  playlist_track: { select: { roles: [admin] }, insert: { roles: [admin] }, delete: { roles: [admin] } }
`;

describe.skipIf(!existsSync(chinookFile))('adopting the Chinook database', () => {
  let database: TestDatabase;
  let dir: string;
  let stack: DevStack;

  beforeAll(async () => {
    database = await createTestDatabase();
    const sql = postgres(database.url, { max: 1, onnotice: () => {} });
    await sql.unsafe(await readFile(chinookFile, 'utf8'));
    await sql.end();
    dir = await mkdtemp(join(tmpdir(), 'stk-chinook-'));
    await mkdir(join(dir, 'schema'));
    stack = await startDevStack(dir, ['--db-url', database.url, '--no-watch']);
  }, 120_000);

  afterAll(async () => {
    await stack?.stop();
    await database?.drop();
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  });

  const call = (path: string, params: unknown) =>
    callBridge(stack.ready.bridgeUrl, path, params, { apiKey: stack.ready.apiKey });

  it('pulls all eleven tables, and a plan straight after is empty', async () => {
    const options = { cwd: dir, env: stack.env };
    const pulled = await stkJson<{ tables: string[]; skipped: unknown[]; files: string[] }>(
      ['schema', 'pull'],
      options,
    );
    expect(pulled.tables.toSorted()).toEqual([
      'album',
      'artist',
      'customer',
      'employee',
      'genre',
      'invoice',
      'invoice_line',
      'media_type',
      'playlist',
      'playlist_track',
      'track',
    ]);
    expect(pulled.skipped).toEqual([]);
    expect(await readFile(join(dir, 'schema/playlist_track.yaml'), 'utf8')).toMatch(
      /link: \[\s*playlist_id, track_id\s*\]/,
    );
    expect((await stkJson<{ plan: unknown[] }>(['schema', 'plan'], options)).plan).toEqual([]);
    expect((await stk(['schema', 'drift'], options)).code).toBe(0);
  });

  it('applies as it is and serves correct text, decimals and timestamps', async () => {
    await mkdir(join(dir, 'config'), { recursive: true });
    await writeFile(join(dir, 'config/permissions.yaml'), PERMISSIONS);
    const applied = await stkJson<{ plan: unknown[]; releaseId: string }>(['apply', '--ref', 'adopted'], {
      cwd: dir,
      env: stack.env,
    });
    expect(applied.plan).toEqual([]);
    await expect.poll(async () => (await call('db/track/select', { limit: 1 })).status, { timeout: 10_000 }).toBe(200);

    const track = await call('db/track/select', {
      select: ['name', 'unit_price', 'milliseconds'],
      where: { track_id: 99 },
      expand: ['album.artist'],
    });
    expect(track.body.data).toEqual([
      expect.objectContaining({
        name: 'Your Time Has Come',
        unit_price: '0.99',
        milliseconds: 255529,
        album: expect.objectContaining({
          title: 'Out Of Exile',
          artist: expect.objectContaining({ name: 'Audioslave' }),
        }),
      }),
    ]);

    const invoice = await call('db/invoice/select', { where: { invoice_id: 1 } });
    expect(invoice.body.data[0]).toMatchObject({ invoice_date: '2021-01-01T00:00:00Z', total: '1.98' });
  });

  it('answers the same text that the database holds, in every script', async () => {
    const sql = postgres(database.url, { max: 1 });
    const expected = await sql`select name from artist where name ~ '[^[:ascii:]]' order by artist_id`;
    const ids = await sql`select artist_id from artist where name ~ '[^[:ascii:]]' order by artist_id`;
    await sql.end();
    expect(expected.length).toBeGreaterThan(5);
    const answered = await call('db/artist/select', {
      select: ['name'],
      where: { artist_id: { $in: ids.map((row) => row.artist_id) } },
      orderBy: { artist_id: 'asc' },
    });
    expect(answered.body.data.map((row: { name: string }) => row.name)).toEqual(expected.map((row) => row.name));
  });

  it('serves the junction table by its two keys', async () => {
    const inserted = await call('db/playlist_track/insert', { data: { playlist_id: 2, track_id: 1 } });
    expect(inserted.status, JSON.stringify(inserted.body)).toBe(200);
    expect(inserted.body.data).toEqual({ playlist_id: 2, track_id: 1 });
    const again = await call('db/playlist_track/insert', { data: { playlist_id: 2, track_id: 1 } });
    expect([again.status, again.body.error.code]).toEqual([409, 'CONFLICT']);
    const deleted = await call('db/playlist_track/delete', { where: { playlist_id: 2, track_id: 1 } });
    expect(deleted.body.data).toEqual({ affected: 1 });
  });
});
