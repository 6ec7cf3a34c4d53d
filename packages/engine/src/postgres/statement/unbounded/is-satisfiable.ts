/** What a row would have to be like: in some of a variable's cells (a set of bits), or several claims together. */
export type Claim =
  | { readonly kind: 'within'; readonly variable: string; readonly cells: bigint }
  | { readonly kind: 'all' | 'any'; readonly claims: readonly Claim[] };

/** Enough for whatever a person writes; beyond, a search could take a time that is exponential in the length of the claim. */
const MOST_STEPS = 500;

/** Whether some choice of a cell for each variable fulfils a claim. A search that takes too long answers that it does. */
export function isSatisfiable(claim: Claim): boolean {
  return new Search().succeeds([claim], new Map());
}

class Search {
  #steps = 0;

  /** Takes in what must hold, then tries the alternatives that are left, one after the other. */
  succeeds(claims: readonly Claim[], known: ReadonlyMap<string, bigint>): boolean {
    if (++this.#steps > MOST_STEPS) return true;
    const open: (readonly Claim[])[] = [];
    const cells = new Map(known);
    const pending = [...claims];
    for (const claim of pending) {
      if (claim.kind === 'within') {
        const left = (cells.get(claim.variable) ?? claim.cells) & claim.cells;
        if (left === 0n) return false;
        cells.set(claim.variable, left);
      } else if (claim.kind === 'all') pending.push(...claim.claims);
      else open.push(claim.claims);
    }
    const [alternatives, ...others] = open;
    if (alternatives === undefined) return true;
    const rest = others.map((claims): Claim => ({ kind: 'any', claims }));
    return alternatives.some((alternative) => this.succeeds([alternative, ...rest], cells));
  }
}
