import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchDatabase } from './testing/scratch-database.ts';

const folder = process.env.STK_CHINOOK_DIR ?? join(import.meta.dirname, '../../../../../../shared/data/chinook');
const script = join(folder, 'chinook_postgres.sql');

test.skipIf(!existsSync(script))(
  'the Chinook database is adopted as it is: all tables, and nothing left to plan',
  async () => {
    await using database = await scratchDatabase();
    await database.run(await readFile(script, 'utf8'));

    const { tables, skipped } = await database.pull();
    const byName = Object.fromEntries(tables.map((table) => [table.name, table]));

    expect(skipped).toEqual([]);
    expect(tables).toHaveLength(11);
    expect(byName.playlist_track?.key).toEqual({ columns: ['playlist_id', 'track_id'] });
    expect(byName.album?.key).toEqual({ columns: ['album_id'], generate: 'client' });
    expect(byName.album?.columns.title).toEqual({
      name: 'title',
      type: 'string',
      maxLength: 160,
      native: 'character varying(160)',
      nullable: false,
    });
    expect(byName.invoice?.columns.total).toMatchObject({ type: 'decimal', precision: 10, scale: 2 });
    expect(byName.invoice?.columns.invoice_date?.native).toBe('timestamp without time zone');
    expect(byName.track?.relations.album).toMatchObject({ kind: 'one', column: 'album_id' });
    expect(byName.album?.relations.artist).toMatchObject({ kind: 'one', table: 'artist', targetColumn: 'artist_id' });
    expect(byName.employee?.relations.employee).toMatchObject({ kind: 'one', column: 'reports_to' });
    expect(byName.artist?.relations.album).toMatchObject({ kind: 'many', targetColumn: 'artist_id' });
    expect(await database.rest(tables)).toEqual({ steps: [], drift: 0 });
  },
);
