/** Several lists of keys, each in the order of the keys' bytes, as one in that order. */
export async function* mergeKeys(lists: readonly AsyncIterable<string>[]): AsyncGenerator<string> {
  const iterators = lists.map((list) => list[Symbol.asyncIterator]());
  const heads = await Promise.all(iterators.map((iterator) => iterator.next()));
  for (;;) {
    let least = -1;
    for (const [index, head] of heads.entries()) {
      if (head.done === true) continue;
      const best = heads[least];
      if (best === undefined || best.done === true || isBefore(head.value, best.value)) least = index;
    }
    const head = heads[least];
    const iterator = iterators[least];
    if (head === undefined || head.done === true || iterator === undefined) return;
    yield head.value;
    heads[least] = await iterator.next();
  }
}

function isBefore(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}
