import type { BuiltArtifact } from '@santokit/runtime/build';
import type { StoreDb } from '../store/store.ts';
import { artifacts } from '../store/tables/artifacts.ts';

/** Rows of one statement: bundles are large. */
const AT_ONCE = 50;

/** Keeps what a release will name. It is there before the release is; one that is never released harms nobody. */
export async function storeArtifacts(db: StoreDb, built: readonly BuiltArtifact[]): Promise<void> {
  for (let start = 0; start < built.length; start += AT_ONCE) {
    const rows = built
      .slice(start, start + AT_ONCE)
      .map(({ hash, text, sourceMap }) => ({ hash, content: text, sourceMap: sourceMap ?? null }));
    await db.insert(artifacts).values(rows).onConflictDoNothing();
  }
}
