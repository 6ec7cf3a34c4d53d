/** For which all that is done in steps may hold up what is not. */
const MOST_MS = 5;

const waiting: (() => void)[] = [];

/**
 * Does one step of some long work when it is its turn. Between two turns of the event loop only so many are done as take some milliseconds,
 * however many wait: what is cut in pieces would hold up others just as long if one piece of each came at once.
 * @throws what the step throws
 */
export function inTurn<T>(step: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    waiting.push(() => {
      try {
        resolve(step());
      } catch (thrown) {
        reject(thrown);
      }
    });
    if (waiting.length === 1) setImmediate(doSome);
  });
}

function doSome(): void {
  const endMs = performance.now() + MOST_MS;
  do waiting.shift()?.();
  while (waiting.length > 0 && performance.now() < endMs);
  if (waiting.length > 0) setImmediate(doSome);
}
