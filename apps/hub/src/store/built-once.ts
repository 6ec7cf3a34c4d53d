import type { Store, StoreDb } from './store.ts';

/**
 * A statement that is built once for each store, by `build`, and run with the values of its placeholders: to put one together takes longer than
 * to send it.
 */
export function builtOnce<T>(build: (db: StoreDb) => T): (store: Pick<Store, 'db'>) => T {
  const known = new WeakMap<StoreDb, T>();
  return ({ db }) => {
    const built = known.get(db) ?? build(db);
    known.set(db, built);
    return built;
  };
}
