/**
 * The shape notation as a tree, its parser and its spelling: `(*, in_features) -> (*, out_features)`, `(L, N?, 2*H)`,
 * `[B, 4*T, _, ...]`. Used by rules, hovers, comments and fixture marks; knows nothing of facts.
 */

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'binary'; readonly sign: '+' | '-' | '*' | '//' | '%'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'call'; readonly name: 'min' | 'max'; readonly of: readonly Expression[] };

export type SizePattern =
  /** `_` or `?`: any one size. */
  | { readonly kind: 'any' }
  /** `N` or `2*H`; with `?` after it the size may be absent. */
  | { readonly kind: 'size'; readonly value: Expression; readonly optional: boolean }
  /** `*`: the same run of sizes wherever it stands in one signature; `*name` likewise by its name; `...`: any sizes. */
  | { readonly kind: 'run'; readonly name: string | undefined; readonly any: boolean };

export interface ShapePattern {
  readonly sizes: readonly SizePattern[];
  /** `(…)?`: the tensor itself may be absent. */
  readonly optional: boolean;
}

export interface Signature {
  readonly inputs: readonly ShapePattern[];
  readonly outputs: readonly ShapePattern[];
}

/** Where the text stops being the notation; the index counts UTF-16 units. */
export class NotationError extends Error {
  readonly index: number;

  constructor(message: string, index: number) {
    super(message);
    this.name = 'NotationError';
    this.index = index;
  }
}

type Token = { readonly text: string; readonly kind: 'number' | 'name' | 'sign'; readonly index: number };

const TOKEN = /\s+|(?<number>\d+)|(?<name>[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*)|(?<sign>->|\/\/|\.\.\.|…|[-+*%(),[\]?])/uy;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const index = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new NotationError(`unexpected character ${JSON.stringify(text[index])}`, index);
    const { number, name, sign } = match.groups ?? {};
    if (number !== undefined) tokens.push({ text: number, kind: 'number', index });
    else if (name !== undefined) tokens.push({ text: name, kind: 'name', index });
    else if (sign !== undefined) tokens.push({ text: sign === '…' ? '...' : sign, kind: 'sign', index });
  }
  return tokens;
}

class Parser {
  private readonly tokens: readonly Token[];
  private readonly end: number;
  private at = 0;

  constructor(text: string) {
    this.tokens = tokenize(text);
    this.end = text.length;
  }

  private get next(): string | undefined {
    return this.tokens[this.at]?.text;
  }

  private fail(wanted: string): never {
    const token = this.tokens[this.at];
    throw new NotationError(`expected ${wanted}, found ${token === undefined ? 'the end' : `\`${token.text}\``}`, token?.index ?? this.end);
  }

  private accept(text: string): boolean {
    if (this.next !== text) return false;
    this.at++;
    return true;
  }

  private expect(text: string): void {
    if (!this.accept(text)) this.fail(`\`${text}\``);
  }

  finish(): void {
    if (this.at < this.tokens.length) this.fail('nothing more');
  }

  signature(): Signature {
    const inputs = this.patterns();
    this.expect('->');
    return { inputs, outputs: this.patterns() };
  }

  private patterns(): ShapePattern[] {
    const list: ShapePattern[] = [];
    do list.push(this.pattern());
    while (this.accept(','));
    return list;
  }

  pattern(): ShapePattern {
    const close = this.accept('(') ? ')' : this.accept('[') ? ']' : this.fail('`(` or `[`');
    const sizes: SizePattern[] = [];
    while (this.next !== close) {
      sizes.push(this.size());
      if (!this.accept(',')) break;
    }
    this.expect(close);
    if (sizes.filter(({ kind }) => kind === 'run').length > 1)
      throw new NotationError('more than one run of sizes', this.tokens[0]?.index ?? 0);
    return { sizes, optional: this.accept('?') };
  }

  private size(): SizePattern {
    if (this.accept('...')) return { kind: 'run', name: undefined, any: true };
    if (this.accept('?')) return { kind: 'any' };
    if (this.accept('*')) {
      const token = this.tokens[this.at];
      if (token?.kind !== 'name') return { kind: 'run', name: undefined, any: false };
      this.at++;
      return { kind: 'run', name: token.text, any: false };
    }
    const token = this.tokens[this.at];
    if (token?.text === '_') {
      this.at++;
      return { kind: 'any' };
    }
    const value = this.sum();
    return { kind: 'size', value, optional: this.accept('?') };
  }

  sum(): Expression {
    let left = this.accept('-') ? negated(this.product()) : this.product();
    for (;;) {
      const sign = this.next;
      if (sign !== '+' && sign !== '-') return left;
      this.at++;
      left = { kind: 'binary', sign, left, right: this.product() };
    }
  }

  private product(): Expression {
    let left = this.primary();
    for (;;) {
      const sign = this.next;
      if (sign !== '*' && sign !== '//' && sign !== '%') return left;
      this.at++;
      left = { kind: 'binary', sign, left, right: this.primary() };
    }
  }

  private primary(): Expression {
    const token = this.tokens[this.at];
    if (token === undefined) return this.fail('a size');
    if (token.kind === 'number') {
      this.at++;
      return { kind: 'number', value: Number(token.text) };
    }
    if (this.accept('(')) {
      const inner = this.sum();
      this.expect(')');
      return inner;
    }
    if (token.kind !== 'name') return this.fail('a size');
    this.at++;
    if ((token.text === 'min' || token.text === 'max') && this.accept('(')) {
      const of = [this.sum()];
      while (this.accept(',')) of.push(this.sum());
      this.expect(')');
      return { kind: 'call', name: token.text, of };
    }
    return { kind: 'name', name: token.text };
  }
}

const negated = (of: Expression): Expression =>
  of.kind === 'number'
    ? { kind: 'number', value: -of.value }
    : { kind: 'binary', sign: '-', left: { kind: 'number', value: 0 }, right: of };

function parseWhole<T>(text: string, rule: (parser: Parser) => T): T {
  const parser = new Parser(text);
  const result = rule(parser);
  parser.finish();
  return result;
}

const signatures = new Map<string, Signature>();

/** `(*, in) -> (*, out)`; throws `NotationError`. The same text gives the same tree. */
export function parseSignature(text: string): Signature {
  let known = signatures.get(text);
  if (known === undefined) signatures.set(text, (known = parseWhole(text, (parser) => parser.signature())));
  return known;
}

/** `(B, T, 2*H)` or `[B, _, ...]`; throws `NotationError`. */
export function parsePattern(text: string): ShapePattern {
  return parseWhole(text, (parser) => parser.pattern());
}

/** `2*H + 1`; undefined where the text is no size in the notation. */
export function parseExpression(text: string): Expression | undefined {
  try {
    return parseWhole(text, (parser) => parser.sum());
  } catch (error) {
    if (error instanceof NotationError) return undefined;
    throw error;
  }
}

/** The names in a pattern, in the order of their first use; runs are not among them. */
export function namesOf(pattern: ShapePattern): readonly string[] {
  const names = new Set<string>();
  for (const size of pattern.sizes) if (size.kind === 'size') for (const name of namesIn(size.value)) names.add(name);
  return [...names];
}

export function namesIn(expression: Expression): readonly string[] {
  switch (expression.kind) {
    case 'number':
      return [];
    case 'name':
      return [expression.name];
    case 'binary':
      return [...namesIn(expression.left), ...namesIn(expression.right)];
    case 'call':
      return expression.of.flatMap(namesIn);
  }
}

export function spellPattern(pattern: ShapePattern): string {
  return `[${pattern.sizes.map(spellSize).join(', ')}]${pattern.optional ? '?' : ''}`;
}

export function spellSignature(signature: Signature): string {
  return `${signature.inputs.map(spellPattern).join(', ')} -> ${signature.outputs.map(spellPattern).join(', ')}`;
}

function spellSize(size: SizePattern): string {
  switch (size.kind) {
    case 'any':
      return '?';
    case 'run':
      return size.any ? '...' : `*${size.name ?? ''}`;
    case 'size':
      return spellExpression(size.value) + (size.optional ? '?' : '');
  }
}

function spellExpression(of: Expression): string {
  switch (of.kind) {
    case 'number':
      return String(of.value);
    case 'name':
      return of.name;
    case 'call':
      return `${of.name}(${of.of.map(spellExpression).join(', ')})`;
    case 'binary': {
      const tight = of.sign !== '+' && of.sign !== '-';
      const sum = (part: Expression): boolean => part.kind === 'binary' && (part.sign === '+' || part.sign === '-');
      const left = tight && sum(of.left) ? `(${spellExpression(of.left)})` : spellExpression(of.left);
      const grouped = of.right.kind === 'binary' && (tight || sum(of.right));
      const right = grouped ? `(${spellExpression(of.right)})` : spellExpression(of.right);
      return of.sign === '*' || of.sign === '//' ? left + of.sign + right : `${left} ${of.sign} ${right}`;
    }
  }
}
