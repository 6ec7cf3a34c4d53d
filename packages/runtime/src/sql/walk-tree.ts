import type { ParseNode } from './sql-parser.ts';

/** A node on its way. */
export interface VisitedNode {
  /** The name of its type; empty where its place alone says what it is. */
  readonly type: string;
  readonly node: ParseNode;
  readonly parent: VisitedNode | undefined;
  /** The member of `parent` that it stands in, alone or in a list. */
  readonly member: string;
}

interface Pending {
  readonly value: unknown;
  readonly parent: VisitedNode | undefined;
  readonly member: string;
}

/** Goes over every node of a parse tree, parents first, in the order of the text where the tree has it. A tree may be deeper than the stack. */
export function* walkTree(tree: ParseNode): Generator<VisitedNode> {
  const pending: Pending[] = [{ value: tree, parent: undefined, member: '' }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, parent, member } = next;
    if (Array.isArray(value)) {
      for (const item of value.toReversed()) pending.push({ value: item, parent, member });
      continue;
    }
    if (typeof value !== 'object' || value === null) continue;
    const visited = { ...typedNode(value as ParseNode), parent, member };
    yield visited;
    for (const [name, inner] of Object.entries(visited.node).toReversed())
      pending.push({ value: inner, parent: visited, member: name });
  }
}

/** A node stands in an object whose one member is named for its type, with a capital; members of a node have none. */
export function typedNode(node: ParseNode): Pick<VisitedNode, 'type' | 'node'> {
  const [type, ...others] = Object.keys(node);
  if (type === undefined || others.length > 0 || !/^[A-Z]/.test(type)) return { type: '', node };
  return { type, node: (node[type] ?? {}) as ParseNode };
}
