import { newKey } from '../../statement/new-key.ts';
import type { Binder } from '../../statement/plan.ts';
import type { Cell } from '../../statement/statement.ts';
import { columnBinder } from './bind-value.ts';
import { setBinder } from './set-binder.ts';

/** Binds the value of a cell of one row. */
export function cellBinder(cell: Cell): Binder {
  switch (cell.kind) {
    case 'sent': {
      const bind = columnBinder(cell.column);
      const { slot } = cell;
      return ({ values }) => bind(values[slot] ?? null);
    }
    case 'generated':
      return () => newKey(cell.generate);
    case 'set':
      return setBinder(cell.expression, cell.column);
  }
}
