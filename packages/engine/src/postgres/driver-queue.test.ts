import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, it } from 'vitest';

/** The driver's own module, which it does not export. */
const { default: Queue } = (await import(fileURLToPath(new URL('queue.js', import.meta.resolve('postgres'))))) as {
  default: () => DriverQueue;
};

interface DriverQueue {
  readonly length: number;
  push(item: object): object;
  shift(): object | undefined;
  remove(item: object): object | null;
}

const ITEMS = Array.from({ length: 8 }, (_, n) => ({ n }));
const action = fc.record({
  kind: fc.constantFrom('push', 'push', 'shift', 'remove'),
  item: fc.constantFrom(...ITEMS),
});

it("the driver's queue gives what an array gives, however it is filled, emptied and searched", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 400 }), (actions) => {
      const queue = Queue();
      const model: object[] = [];
      for (const { kind, item } of actions) {
        if (kind === 'push' && !model.includes(item)) {
          model.push(item);
          queue.push(item);
        } else if (kind === 'shift' && model.length > 0) expect(queue.shift()).toBe(model.shift());
        else if (kind === 'remove') {
          const at = model.indexOf(item);
          expect(queue.remove(item)).toBe(at === -1 ? null : model.splice(at, 1)[0]);
        }
        expect(queue.length).toBe(model.length);
      }
    }),
  );
});
