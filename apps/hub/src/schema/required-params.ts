import type { CompiledLogic } from '@santokit/contract';

/** The names of the params that every call must have. */
export function requiredParams(logic: CompiledLogic): readonly string[] {
  if (logic.kind === 'sql')
    return Object.entries(logic.params).flatMap(([name, param]) =>
      param.nullable || param.default !== undefined ? [] : [name],
    );
  const { args } = logic;
  const required = typeof args === 'object' && args !== null && 'required' in args ? args.required : [];
  return Array.isArray(required) ? required.map(String) : [];
}
