import type { LogicParam, SqlBinding } from '@santokit/contract';
import { engineNamed } from '@santokit/engine';
import { takesAnyType, takesArrays } from './called-function.ts';
import type { VisitedNode } from './walk-tree.ts';

const { parameterType } = engineNamed('postgres').logic;

/** How a parameter stands in a statement. */
export interface ParameterForm {
  /** The type to which it is cast; undefined: PostgreSQL tells it from where it stands. */
  readonly cast: string | undefined;
  readonly as?: SqlBinding['as'];
}

/** The form of a parameter at its place in the parse tree. `param` is undefined for values that are no params. */
export function parameterForm(name: string, param: LogicParam | undefined, place: VisitedNode): ParameterForm {
  if (param?.type === 'array') return arrayForm(param, place);
  if (name === 'auth.roles') return { cast: isCastTo(place, 'array') ? undefined : 'text[]', as: 'array' };
  if (name === 'now') return { cast: 'timestamp with time zone' };
  if (param === undefined || INFERRED.has(param.type)) return { cast: isOfAnyType(place) ? 'text' : undefined };
  return { cast: parameterType(param) };
}

/** Texts, and what many databases keep in columns of text: the column decides. */
const INFERRED: ReadonlySet<LogicParam['type']> = new Set(['string', 'file', 'uuid']);

/** A list is JSON, as in columns, except where only an array of the database makes sense. */
function arrayForm(param: LogicParam, place: VisitedNode): ParameterForm {
  if (isCastTo(place, 'array')) return { cast: undefined, as: 'array' };
  if (isCastTo(place, 'other')) return { cast: parameterType(param) };
  const { parent } = place;
  const isOperandOfAny =
    parent?.type === 'A_Expr' && ['AEXPR_OP_ANY', 'AEXPR_OP_ALL'].includes(String(parent.node.kind));
  if (isOperandOfAny || (parent?.type === 'FuncCall' && takesArrays(parent)))
    return { cast: parameterType(param, 'array'), as: 'array' };
  return { cast: parameterType(param) };
}

function isCastTo({ parent }: VisitedNode, to: 'array' | 'other'): boolean {
  if (parent?.type !== 'TypeCast') return false;
  const { arrayBounds } = (parent.node.typeName ?? {}) as { readonly arrayBounds?: unknown };
  return (arrayBounds !== undefined) === (to === 'array');
}

/** Whether nothing around it says of which type it is. */
function isOfAnyType({ parent, member }: VisitedNode): boolean {
  if (parent === undefined) return true;
  if (parent.type === 'FuncCall') return takesAnyType(parent);
  return parent.type === 'NullTest' || member === 'raw_expr';
}
