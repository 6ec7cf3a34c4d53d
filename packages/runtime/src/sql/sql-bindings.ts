import type { Json, LogicParam, Principal, SqlBinding, SqlLogic, SqlStatement } from '@santokit/contract';
import { StkError } from '@santokit/contract';
import type { LogicEngine } from '@santokit/engine';

/** What the values of a run come from. */
export interface ValueSource {
  /** Complete, as `completeParams` gives them. */
  readonly params: Readonly<Record<string, Json>>;
  readonly principal: Pick<Principal, 'sub' | 'roles'>;
  readonly env: string;
  readonly nowMs: number;
  readonly event?: LogicEvent | undefined;
}

/** What a handler handles. */
export interface LogicEvent {
  readonly id: string;
  readonly payload: Readonly<Record<string, Json>>;
  readonly topic?: string;
  /** RFC 3339. */
  readonly publishedAt?: string;
  /** How many events led to it. */
  readonly depth?: number;
}

type Bind = (source: ValueSource) => string | null;

/** What a file's params are bound by, each in every form in which it stands in a statement. */
export class SqlBindings {
  readonly #engine: LogicEngine;
  readonly #logic: SqlLogic;
  readonly #checks: readonly Bind[];
  readonly #statements = new Map<SqlStatement, readonly Bind[]>();

  constructor(logic: SqlLogic, engine: LogicEngine) {
    this.#engine = engine;
    this.#logic = logic;
    this.#checks = Object.entries(logic.params).map(([name, param]) => this.#paramBind(name, param, undefined));
  }

  /** Checks every param, those too that no statement binds. @throws StkError `BAD_REQUEST` naming the param */
  check(source: ValueSource): void {
    for (const check of this.#checks) check(source);
  }

  /** The parameters of a statement, as text in the engine's notation. */
  valuesOf(statement: SqlStatement, source: ValueSource): (string | null)[] {
    const known = this.#statements.get(statement);
    const binds = known ?? statement.bindings.map((binding) => this.#bind(binding));
    if (known === undefined) this.#statements.set(statement, binds);
    return binds.map((bind) => bind(source));
  }

  #bind(binding: SqlBinding): Bind {
    switch (binding.from) {
      case 'param': {
        const param = this.#logic.params[binding.name];
        if (param === undefined) throw new Error(`A statement binds ${binding.name}, which is not declared`);
        return this.#paramBind(binding.name, param, binding.as);
      }
      case 'auth':
        return binding.name === 'sub' ? ({ principal }) => principal.sub : this.#roles();
      case 'now':
        return ({ nowMs }) => new Date(nowMs).toISOString();
      case 'env':
        return ({ env }) => env;
      case 'event':
        return ({ event }) => textOf(eventValue(event, binding.name));
      case 'result':
        throw new Error('No statement binds a column of the answer');
    }
  }

  #paramBind(name: string, param: LogicParam, as: SqlBinding['as']): Bind {
    const bind = this.#engine.parameterBinder(param, as, name);
    return ({ params }) => {
      const value = params[name] ?? null;
      if (value !== null) return bind(value);
      if (param.nullable) return null;
      throw new StkError('BAD_REQUEST', `Invalid type for param: ${name}`, {
        param: name,
        reason: `${name} must not be null`,
      });
    };
  }

  #roles(): Bind {
    const bind = this.#engine.parameterBinder({ type: 'array', items: { type: 'string' } }, 'array', 'roles');
    return ({ principal }) => bind([...principal.roles]);
  }
}

/** A field of the event that is handled; where there is none, or the payload lacks the field, null. */
export function eventValue(event: LogicEvent | undefined, name: string): Json {
  if (event === undefined) return null;
  if (name === 'id') return event.id;
  return Object.hasOwn(event.payload, name) ? (event.payload[name] ?? null) : null;
}

function textOf(value: Json): string | null {
  if (value === null || typeof value === 'string') return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
