import type { ExpressionType } from '@santokit/contract';
import { didYouMean } from '@santokit/project';
import { ExpressionFault } from './expression-fault.ts';

const MEMBERS: Readonly<Record<string, ExpressionType>> = {
  auth: 'map',
  params: 'dyn',
  time: 'timestamp',
  env: 'string',
};
const AUTH_MEMBERS: Readonly<Record<string, ExpressionType>> = {
  sub: 'string',
  roles: 'list',
  type: 'string',
  claims: 'map',
};

/** The type of `request.<path>`. @throws ExpressionFault for a member that `request` does not have */
export function requestType(path: readonly string[], offset: number): ExpressionType {
  const [head = '', second, ...rest] = path;
  const type = named(MEMBERS, head, 'request', offset);
  if (second === undefined || head === 'params') return head === 'params' ? 'dyn' : type;
  if (head !== 'auth') throw new ExpressionFault(`request.${head} has no members`, offset);
  const member = named(AUTH_MEMBERS, second, 'request.auth', offset);
  if (rest.length === 0) return member;
  if (second === 'claims') return 'dyn';
  throw new ExpressionFault(`request.auth.${second} has no members`, offset);
}

function named(
  members: Readonly<Record<string, ExpressionType>>,
  name: string,
  owner: string,
  offset: number,
): ExpressionType {
  const type = Object.hasOwn(members, name) ? members[name] : undefined;
  if (type !== undefined) return type;
  throw new ExpressionFault(
    `${owner} has no member "${name}"${didYouMean(name, Object.keys(members))}; allowed: ${Object.keys(members).join(', ')}`,
    offset,
  );
}
