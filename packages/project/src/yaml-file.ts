import type { Problem, ProjectFile } from '@santokit/contract';
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { didYouMean } from './did-you-mean.ts';

/** A place in a project file; `line` and `column` count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A text of a file, and where it stands. */
export interface Located<T = string> extends Position {
  readonly value: T;
}

/** A member of a mapping. */
export interface Member {
  readonly key: Located;
  readonly value: Node | null;
}

/**
 * One YAML file on its way into the model: reads nodes as what the caller expects and collects what is wrong, with its
 * position. Every `read…` answers `undefined` after it has reported a problem.
 */
export class YamlFile {
  readonly path: string;
  readonly problems: Problem[];
  readonly root: Node | null;
  readonly #content: string;
  readonly #lines = new LineCounter();

  constructor(file: ProjectFile, problems: Problem[]) {
    this.path = file.path;
    this.problems = problems;
    this.#content = file.content;
    this.root = this.#parse(file.content);
  }

  positionOf(node: Node | null | undefined): Position {
    return this.#at(node?.range?.[0] ?? 0);
  }

  report(at: Node | Position | null | undefined, message: string): undefined {
    const position = at !== null && at !== undefined && 'file' in at ? at : this.positionOf(at);
    this.problems.push({ file: position.file, line: position.line, column: position.column, message });
    return undefined;
  }

  /** The members of a mapping whose keys are all in `allowed`; any other key is a problem. */
  readMapping(
    node: Node | null | undefined,
    what: string,
    allowed: readonly string[],
  ): Map<string, Member> | undefined {
    const members = this.readMembers(node, what);
    if (members === undefined) return undefined;
    for (const [name, { key }] of members) {
      if (!allowed.includes(name)) {
        this.report(
          key,
          `Unknown key "${name}" in ${what}${didYouMean(name, allowed)}; allowed: ${allowed.join(', ')}`,
        );
        members.delete(name);
      }
    }
    return members;
  }

  /** The members of a mapping with keys of the user's own. */
  readMembers(node: Node | null | undefined, what: string): Map<string, Member> | undefined {
    if (!isMap(node)) return this.report(node, `${what} must be a mapping`);
    const members = new Map<string, Member>();
    for (const pair of (node as YAMLMap<Node, Node | null>).items) {
      if (!isScalar(pair.key) || (typeof pair.key.value !== 'string' && typeof pair.key.value !== 'number')) {
        this.report(pair.key, `A key in ${what} must be text`);
        continue;
      }
      const name = typeof pair.key.value === 'string' ? pair.key.value : (pair.key.source ?? String(pair.key.value));
      members.set(name, { key: { value: name, ...this.positionOf(pair.key) }, value: pair.value });
    }
    return members;
  }

  readText(node: Node | null | undefined, what: string, expected = 'text'): Located | undefined {
    if (!isScalar(node) || typeof node.value !== 'string') return this.report(node, `${what} must be ${expected}`);
    return { value: node.value, ...this.#contentPosition(node) };
  }

  /** The text of an expression; `true`, `0` and the like are expressions as they stand. */
  readExpression(node: Node | null | undefined, what: string): Located | undefined {
    const text = isScalar(node) ? (typeof node.value === 'string' ? node.value : (node.source ?? '')) : '';
    if (!isScalar(node) || text.trim() === '') return this.report(node, `${what} must be an expression`);
    return { value: text, ...this.#contentPosition(node) };
  }

  readChoice<T extends string>(node: Node | null | undefined, what: string, choices: readonly T[]): T | undefined {
    const text = this.readText(node, what, `one of ${choices.join(', ')}`);
    if (text === undefined) return undefined;
    const choice = choices.find((candidate) => candidate === text.value);
    if (choice !== undefined) return choice;
    return this.report(
      text,
      `${what} cannot be "${text.value}"${didYouMean(text.value, choices)}; allowed: ${choices.join(', ')}`,
    );
  }

  readBoolean(node: Node | null | undefined, what: string): boolean | undefined {
    if (!isScalar(node) || typeof node.value !== 'boolean') return this.report(node, `${what} must be true or false`);
    return node.value;
  }

  /** A whole number from `least` to `most`. */
  readCount(
    node: Node | null | undefined,
    what: string,
    { least = 0, most = Number.MAX_SAFE_INTEGER } = {},
  ): number | undefined {
    const value = isScalar(node) ? node.value : undefined;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value;
    return this.report(
      node,
      `${what} must be a whole number ${most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`}`,
    );
  }

  readItems(node: Node | null | undefined, what: string): (Node | null)[] | undefined {
    if (!isSeq(node)) return this.report(node, `${what} must be a list`);
    return (node as YAMLSeq<Node | null>).items;
  }

  readTexts(node: Node | null | undefined, what: string): Located[] | undefined {
    return this.readItems(node, what)?.flatMap((item) => this.readText(item, `An entry of ${what}`) ?? []);
  }

  #parse(content: string): Node | null {
    if (content.includes('\0')) return this.report(this.#at(0), 'A NUL character; the file must be UTF-8 text') ?? null;
    const document = parseDocument(content, {
      lineCounter: this.#lines,
      uniqueKeys: true,
      strict: true,
      prettyErrors: false,
    });
    for (const error of [...document.errors, ...document.warnings])
      this.report(this.#at(error.pos[0]), plainYamlError(error.code, error.message));
    if (document.errors.length > 0) return null;
    const alias = findNode(document.contents, isAlias);
    if (alias !== undefined) return this.report(alias, 'Aliases (*name) are not allowed; write the value out') ?? null;
    // What an escape can spell and no database can hold.
    const unstorable = findNode(document.contents, isUnstorableText);
    if (unstorable !== undefined)
      return this.report(unstorable, 'A NUL character or half of a surrogate pair, which no text can hold') ?? null;
    return document.contents;
  }

  #at(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.path, line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  // The first character of the text itself, so that an offset into it leads to the right place of a quoted or block scalar.
  #contentPosition(node: Scalar): Position {
    const position = this.positionOf(node);
    switch (node.type) {
      case 'QUOTE_DOUBLE':
      case 'QUOTE_SINGLE':
        return { ...position, column: position.column + 1 };
      case 'BLOCK_LITERAL':
      case 'BLOCK_FOLDED': {
        const [, indent = ''] = /\n *(?=\S)|$/.exec(this.#content.slice(node.range?.[0] ?? 0))?.[0].split('\n') ?? [];
        return { ...position, line: position.line + 1, column: indent.length + 1 };
      }
      default:
        return position;
    }
  }
}

function plainYamlError(code: string, message: string): string {
  switch (code) {
    case 'DUPLICATE_KEY':
      return 'This key was given already; each key stands once';
    case 'MULTIPLE_DOCS':
      return 'More than one YAML document ("---"); a file holds one';
    case 'TAB_AS_INDENT':
      return 'A tab as indentation; YAML allows spaces only';
    default:
      return `Not valid YAML: ${message}`;
  }
}

/** The first node, depth first, that is one of those looked for. */
function findNode(node: unknown, isWanted: (node: Node) => boolean): Node | undefined {
  if (!isNode(node)) return undefined;
  if (isWanted(node)) return node;
  const parts = isMap(node) ? node.items.flatMap((pair) => [pair.key, pair.value]) : isSeq(node) ? node.items : [];
  for (const part of parts) {
    const found = findNode(part, isWanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isUnstorableText(node: Node): boolean {
  return isScalar(node) && typeof node.value === 'string' && (node.value.includes('\0') || !node.value.isWellFormed());
}
