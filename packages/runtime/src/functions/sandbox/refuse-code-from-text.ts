/** One of each kind of function: the constructors of the last three have no name that they could be asked for by. */
const KINDS = [() => {}, async () => {}, function* () {}, async function* () {}];

/** Takes away what makes code of text. The engine has no switch for one context; every way there is through these properties. */
export function refuseCodeFromText(): void {
  for (const kind of KINDS) {
    const prototype = Object.getPrototypeOf(kind) as object;
    const refusing = refusal();
    Object.defineProperty(refusing, 'prototype', { value: prototype });
    Object.defineProperty(prototype, 'constructor', { value: refusing });
    if (prototype === Function.prototype) Object.defineProperty(globalThis, 'Function', { value: refusing });
  }
  Object.defineProperty(globalThis, 'eval', { value: refusal() });
}

function refusal(): (...texts: unknown[]) => never {
  // Not an arrow: it is also called with `new`.
  return function refuse() {
    throw new EvalError('A function cannot make code of text');
  };
}
