import fc from 'fast-check';

/** A condition in CEL and, by hand, as that of a native policy: true, false, or null where CEL has an error. */
export interface Policy {
  readonly cel: string;
  readonly sql: string;
}

/** A value in both languages, and what SQL's null stands for in it: CEL's null or an error. */
interface Operand extends Policy {
  readonly nullIs: 'null' | 'error';
}

/** What the setting of a session is that stands for nothing. */
export const NOTHING = '\u0001';

/** Integers beyond 64 bits are errors. */
export const POLICY_FUNCTIONS = `create function int64(n numeric) returns numeric immutable
  return case when n between -9223372036854775808 and 9223372036854775807 then n end;`;

const setting = (name: string) => `nullif(current_setting('request.${name}'), '${NOTHING}')`;
const ROLES = `string_to_array(current_setting('request.roles'), ',')`;
const NOW = "timestamptz '2026-01-02T03:04:05Z'";

const operand = (cel: string, sql: string, nullIs: Operand['nullIs'] = 'null'): Operand => ({ cel, sql, nullIs });
const computed = (cel: string, sql: string) => operand(`(${cel})`, `(${sql})`, 'error');
const column = (name: string) => operand(`resource.${name}`, `notes.${name}`);
const text = (of: string) => operand(JSON.stringify(of), `'${of}'::text`);
const number = (of: string) => operand(of, `(${of})::numeric`);

const LIKES = operand('resource.likes', 'notes.likes::numeric');
const TEXTS = [
  ...[column('owner'), column('owner'), column('status'), text('ann'), text(''), text('é'), text('m')],
  ...[operand('request.auth.sub', setting('sub')), operand('request.auth.claims.team', setting('team'), 'error')],
  ...[operand('request.auth.type', setting('type')), operand('request.env', "'dev'::text")],
];
const INTEGERS = [
  ...[LIKES, LIKES, LIKES, number('0'), number('2'), number('-3'), number('9223372036854775807')],
  operand('request.auth.claims.level', `${setting('level')}::numeric`, 'error'),
];
const DECIMALS = [column('price'), column('price'), number('10.5'), number('10'), number('-0.25')];
const INSTANTS = [column('due'), column('due'), operand('request.time', NOW)];
const DURATIONS: readonly Policy[] = [
  { cel: 'duration("48h")', sql: "interval '48 hours'" },
  { cel: 'duration("-1us")', sql: "interval '-1 microsecond'" },
];
const TRUTHS: readonly Policy[] = [
  { cel: 'resource.pinned', sql: 'notes.pinned' },
  { cel: 'resource.pinned == true', sql: 'notes.pinned is not distinct from true' },
  { cel: 'resource.pinned != null', sql: 'notes.pinned is not null' },
  { cel: 'has(resource.likes)', sql: 'notes.likes is not null' },
  { cel: 'has(request.auth.claims.team)', sql: `${setting('team')} is not null` },
  { cel: 'request.time - resource.due < duration("24h")', sql: `${NOW} - notes.due < interval '24 hours'` },
].map(({ cel, sql }) => ({ cel: `(${cel})`, sql: `(${sql})` }));
/** Of each role of the caller. */
const BODIES: readonly Policy[] = [
  { cel: 'r == resource.owner', sql: 'r is not distinct from notes.owner' },
  { cel: 'r.startsWith(resource.owner)', sql: 'starts_with(r, notes.owner)' },
  { cel: 'r < resource.status', sql: 'r collate "C" < notes.status' },
  { cel: 'resource.likes > 1 || r == "staff"', sql: "notes.likes > 1 or r = 'staff'" },
  { cel: 'size(r) > 5', sql: 'char_length(r) > 5' },
];

type Parts = {
  readonly policy: Policy;
  readonly text: Operand;
  readonly integer: Operand;
};

/** Random policies on notes, as they are said in either language by an author who knows both. */
export const { policy } = fc.letrec<Parts>((tie) => {
  const leaf = (of: readonly Operand[]) => ({ weight: 4, arbitrary: fc.constantFrom(...of) });
  const depth = { depthSize: 'small' } as const;
  const some = tie('policy');
  return {
    text: fc.oneof(
      depth,
      leaf(TEXTS),
      fc.tuple(tie('text'), tie('text')).map(([a, b]) => computed(`${a.cel} + ${b.cel}`, `${a.sql} || ${b.sql}`)),
    ),
    integer: fc.oneof(
      depth,
      leaf(INTEGERS),
      fc.tuple(tie('integer'), fc.constantFrom(...'+-*/%'), tie('integer')).map(arithmetic),
      tie('text').map((of) => computed(`size(${of.cel})`, `char_length(${of.sql})::numeric`)),
    ),
    policy: fc.oneof(
      depth,
      { weight: 2, arbitrary: fc.constantFrom(...TRUTHS) },
      { weight: 2, arbitrary: compared(tie('text'), ' collate "C"') },
      { weight: 2, arbitrary: compared(fc.oneof(tie('integer'), tie('integer'), fc.constantFrom(...DECIMALS))) },
      compared(decimal()),
      compared(instant()),
      { weight: 2, arbitrary: textTest(tie('text')) },
      { weight: 2, arbitrary: member(tie('text')) },
      fc.tuple(fc.constantFrom('exists', 'all'), fc.constantFrom(...BODIES)).map(ofRoles),
      { weight: 3, arbitrary: fc.tuple(some, some).map(([a, b]) => both(a, '&&', 'and', b)) },
      { weight: 3, arbitrary: fc.tuple(some, some).map(([a, b]) => both(a, '||', 'or', b)) },
      some.map(({ cel, sql }) => ({ cel: `!(${cel})`, sql: `(not ${sql})` })),
      fc.tuple(some, some, some).map(([when, a, b]) => ({
        cel: `(${when.cel} ? ${a.cel} : ${b.cel})`,
        sql: `(case when ${when.sql} then ${a.sql} when not ${when.sql} then ${b.sql} end)`,
      })),
    ),
  };
});

function both(a: Policy, cel: string, sql: string, b: Policy): Policy {
  return { cel: `(${a.cel} ${cel} ${b.cel})`, sql: `(${a.sql} ${sql} ${b.sql})` };
}

function arithmetic([a, sign, b]: [Operand, string, Operand]): Operand {
  const cel = `${a.cel} ${sign} ${b.cel}`;
  if (sign !== '/' && sign !== '%') return computed(cel, `int64(${a.sql} ${sign} ${b.sql})`);
  const divided = `${sign === '/' ? 'div' : 'mod'}(${a.sql}, ${b.sql})`;
  return computed(cel, `case when ${b.sql} <> 0 then int64(${divided}) end`);
}

function decimal(): fc.Arbitrary<Operand> {
  const step = fc.tuple(fc.constantFrom('+', '-', '*'), fc.constantFrom(...DECIMALS));
  return fc.array(step, { maxLength: 3 }).map((steps) => {
    const first: Operand = column('price');
    return steps.reduce((a, [sign, b]) => computed(`${a.cel} ${sign} ${b.cel}`, `${a.sql} ${sign} ${b.sql}`), first);
  });
}

function instant(): fc.Arbitrary<Operand> {
  const moved = fc
    .tuple(fc.constantFrom(...INSTANTS), fc.constantFrom('+', '-'), fc.constantFrom(...DURATIONS))
    .map(([a, sign, b]) => computed(`${a.cel} ${sign} ${b.cel}`, `${a.sql} ${sign} ${b.sql}`));
  return fc.oneof(fc.constantFrom(...INSTANTS), moved);
}

/** Equality takes null for a value; an order, as SQL's, does not. */
function compared(kind: fc.Arbitrary<Operand>, collation = ''): fc.Arbitrary<Policy> {
  const ordered = fc
    .tuple(kind, fc.constantFrom('<', '<=', '>', '>='), kind)
    .map(([a, sign, b]) => ({ cel: `(${a.cel} ${sign} ${b.cel})`, sql: `(${a.sql}${collation} ${sign} ${b.sql})` }));
  const other = fc.oneof({ weight: 4, arbitrary: kind }, fc.constant(operand('null', 'null')));
  const equal = fc.tuple(kind, fc.boolean(), other).map(([a, isSame, b]) => ({
    cel: `(${a.cel} ${isSame ? '==' : '!='} ${b.cel})`,
    sql: unlessError([a, b], `${a.sql} is ${isSame ? 'not ' : ''}distinct from ${b.sql}`),
  }));
  return fc.oneof(ordered, equal);
}

function textTest(kind: fc.Arbitrary<Operand>): fc.Arbitrary<Policy> {
  const tests = {
    startsWith: (a: string, b: string) => `starts_with(${a}, ${b})`,
    endsWith: (a: string, b: string) => `(right(${a}, char_length(${b})) = ${b})`,
    contains: (a: string, b: string) => `(strpos(${a}, ${b}) > 0)`,
  };
  return fc
    .tuple(kind, fc.constantFrom('startsWith', 'endsWith', 'contains'), kind)
    .map(([a, test, b]) => ({ cel: `${a.cel}.${test}(${b.cel})`, sql: tests[test](a.sql, b.sql) }));
}

function member(kind: fc.Arbitrary<Operand>): fc.Arbitrary<Policy> {
  const items = fc.uniqueArray(fc.constantFrom('ann', '', 'é', 'draft', 'gone'), { maxLength: 3 });
  const listed = fc.tuple(kind, items, fc.boolean()).map(([a, texts, holdsNull]) => {
    const cel = [...texts.map((each) => JSON.stringify(each)), ...(holdsNull ? ['null'] : [])];
    const among = `coalesce(${a.sql} = any(array[${texts.map((each) => `'${each}'`).join(', ')}]::text[]), false)`;
    const found = holdsNull ? `(${a.sql} is null or ${among})` : among;
    return { cel: `(${a.cel} in [${cel.join(', ')}])`, sql: unlessError([a], found) };
  });
  const role = kind.map((a) => ({
    cel: `(${a.cel} in request.auth.roles)`,
    sql: unlessError([a], `coalesce(${a.sql} = any(${ROLES}), false)`),
  }));
  return fc.oneof(listed, role);
}

function ofRoles([quantifier, { cel, sql }]: [string, Policy]): Policy {
  const decided = quantifier === 'exists' ? 'bool_or(p) then true' : 'bool_or(not p) then false';
  const answer = `case when ${decided} when bool_or(p is null) then null else ${quantifier === 'all'} end`;
  return {
    cel: `request.auth.roles.${quantifier}(r, ${cel})`,
    sql: `(select ${answer} from (select ${sql} as p from unnest(${ROLES}) as roles(r)) as asked)`,
  };
}

function unlessError(operands: readonly Operand[], sql: string): string {
  const present = operands.filter(({ nullIs }) => nullIs === 'error').map((each) => `${each.sql} is not null`);
  return present.length === 0 ? `(${sql})` : `(case when ${present.join(' and ')} then ${sql} end)`;
}
