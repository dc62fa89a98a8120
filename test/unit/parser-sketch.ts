/**
 * The parser for tests, and a short way to write syntax trees down: `Binary(+ a 1)`.
 * Owns no expectations; spans are checked by the text they cover.
 */
import { readFileSync } from 'node:fs';
import { createParser } from '../../server/python/parser.ts';
import type { Argument, Expression, FormattedValue, Node, Parameters, Pattern, SourceFile, Statement } from '../../server/python/syntax.ts';
import { walkAll } from '../../server/python/visit.ts';

export const parser = await createParser({
  runtime: readFileSync(new URL('../../node_modules/web-tree-sitter/web-tree-sitter.wasm', import.meta.url)),
  grammar: readFileSync(new URL('../../node_modules/tree-sitter-python/tree-sitter-python.wasm', import.meta.url)),
});

export function parse(text: string): SourceFile {
  return parser.parse('test.py', text);
}

/** The statements of a file in short, one a line; for text without errors. */
export function sketchFile(text: string): string {
  const file = parse(text);
  if (file.errors.length > 0) throw new Error(`${file.errors[0]?.message} in ${text}`);
  return file.body.map(sketchStatement).join('\n');
}

/** Every node of a file with the text it covers. */
export function spans(text: string): string[] {
  const found: string[] = [];
  walkAll(parse(text).body, (node: Node) => {
    found.push(`${node.kind} ${text.slice(node.start, node.end)}`);
  });
  return found;
}

/** First lines of all statements that survived, nested ones too. */
export function survivors(text: string): string[] {
  const found: string[] = [];
  const take = (statement: Statement): void => {
    found.push(text.slice(statement.start, statement.end).split('\n')[0] ?? '');
    if ('body' in statement) for (const inner of statement.body) take(inner);
    if ('orelse' in statement) for (const inner of statement.orelse) take(inner);
  };
  for (const statement of parse(text).body) take(statement);
  return found;
}

const join = (...parts: (string | undefined)[]): string => parts.filter((part) => part !== undefined && part !== '').join(' ');
const list = (items: readonly Expression[]): string => items.map(sketch).join(' ');
const maybe = (value: Expression | undefined): string | undefined => (value === undefined ? undefined : sketch(value));

function sketchArguments(args: readonly Argument[]): string {
  return args.map((a) => `${a.name === undefined ? '' : `${a.name}=`}${'*'.repeat(a.star)}${sketch(a.value)}`).join(' ');
}

function sketchParameters(params: Parameters): string {
  return params.items
    .map((p) => `${p.pass}:${p.name}${p.annotation ? `:${sketch(p.annotation)}` : ''}${p.default ? `=${sketch(p.default)}` : ''}`)
    .join(' ');
}

function sketchParts(parts: readonly (string | FormattedValue)[]): string {
  return parts
    .map((part) => {
      if (typeof part === 'string') return JSON.stringify(part);
      const { value, conversion, spec, debug } = part;
      return `{${join(debug === undefined ? undefined : `[${debug}]`, sketch(value), conversion && `!${conversion}`, spec.length > 0 ? `:${sketchParts(spec)}` : '')}}`;
    })
    .join(' ');
}

export function sketch(e: Expression): string {
  switch (e.kind) {
    case 'Name':
      return e.name;
    case 'Constant': {
      if (e.type === 'none') return 'None';
      if (e.type === 'ellipsis') return '...';
      if (e.big !== undefined) return `${e.big}n`;
      if (e.type === 'float' || e.type === 'complex' || e.type === 'bytes') return `${e.type}:${JSON.stringify(e.value)}`;
      return JSON.stringify(e.value);
    }
    case 'JoinedString':
      return `f(${sketchParts(e.parts)})`;
    case 'Attribute':
      return `${sketch(e.value)}.${e.name}`;
    case 'Subscript':
      return `${sketch(e.value)}[${sketch(e.index)}]`;
    case 'Call':
      return `${sketch(e.func)}(${sketchArguments(e.args)})`;
    case 'Unary':
      return `(${e.op} ${sketch(e.operand)})`;
    case 'Binary':
    case 'BoolOp':
      return `(${sketch(e.left)} ${e.op} ${sketch(e.right)})`;
    case 'Compare':
      return `(${sketch(e.first)}${e.rest.map(({ op, value }) => ` ${op} ${sketch(value)}`).join('')})`;
    case 'Conditional':
      return `(${sketch(e.body)} if ${sketch(e.test)} else ${sketch(e.orelse)})`;
    case 'Lambda':
      return `lambda(${sketchParameters(e.params)} -> ${sketch(e.body)})`;
    case 'Tuple':
    case 'List':
    case 'Set':
      return `${e.kind}(${list(e.items)})`;
    case 'Dict':
      return `Dict(${e.items.map(({ key, value }) => `${key === undefined ? '**' : `${sketch(key)}:`}${sketch(value)}`).join(' ')})`;
    case 'Comprehension': {
      const clauses = e.clauses.map(
        (c) =>
          `${c.async ? 'async ' : ''}for ${sketch(c.target)} in ${sketch(c.iter)}${c.conditions.map((x) => ` if ${sketch(x)}`).join('')}`,
      );
      return `${e.type}(${e.key ? `${sketch(e.key)}:` : ''}${sketch(e.element)} ${clauses.join(' ')})`;
    }
    case 'Starred':
      return `*${sketch(e.value)}`;
    case 'Slice':
      return `slice(${[e.lower, e.upper, e.step].map((part) => maybe(part) ?? '').join(':')})`;
    case 'NamedExpr':
      return `(${e.target.name} := ${sketch(e.value)})`;
    case 'Await':
      return `(await ${sketch(e.value)})`;
    case 'Yield':
      return `(${join('yield', e.from ? 'from' : '', maybe(e.value))})`;
  }
}

function sketchPattern(p: Pattern): string {
  switch (p.kind) {
    case 'value':
      return `=${sketch(p.value)}`;
    case 'capture':
      return p.name?.name ?? '_';
    case 'star':
      return `*${p.name?.name ?? '_'}`;
    case 'as':
      return `(${sketchPattern(p.pattern)} as ${p.name.name})`;
    case 'or':
      return `(${p.of.map(sketchPattern).join(' | ')})`;
    case 'sequence':
      return `[${p.items.map(sketchPattern).join(' ')}]`;
    case 'mapping':
      return `{${p.items.map(({ key, value }) => `${sketch(key)}:${sketchPattern(value)}`).join(' ')}${p.rest ? ` **${p.rest.name}` : ''}}`;
    case 'class':
      return `${sketch(p.cls)}(${[...p.positional.map(sketchPattern), ...p.keyword.map((k) => `${k.name}${sketchPattern(k.value)}`)].join(' ')})`;
  }
}

const block = (body: readonly Statement[]): string => `{${body.map(sketchStatement).join('; ')}}`;
const otherwise = (body: readonly Statement[]): string | undefined => (body.length > 0 ? `else ${block(body)}` : undefined);

export function sketchStatement(s: Statement): string {
  switch (s.kind) {
    case 'ExpressionStatement':
      return sketch(s.value);
    case 'Assign':
      return `${s.targets.map(sketch).join(' = ')} = ${sketch(s.value)}`;
    case 'AnnotatedAssign':
      return `${sketch(s.target)}: ${sketch(s.annotation)}${s.value ? ` = ${sketch(s.value)}` : ''}`;
    case 'AugmentedAssign':
      return `${sketch(s.target)} ${s.op}= ${sketch(s.value)}`;
    case 'Return':
      return join('return', maybe(s.value));
    case 'Delete':
      return join('del', ...s.targets.map(sketch));
    case 'Pass':
    case 'Break':
    case 'Continue':
      return s.kind.toLowerCase();
    case 'Raise':
      return join('raise', maybe(s.value), s.cause && `from ${sketch(s.cause)}`);
    case 'Assert':
      return join('assert', sketch(s.test), maybe(s.message));
    case 'Global':
    case 'Nonlocal':
      return join(s.kind.toLowerCase(), ...s.names);
    case 'Import':
      return join('import', ...s.names.map((n) => `${n.module}${n.as ? ` as ${n.as}` : ''}`));
    case 'ImportFrom':
      return join(
        'from',
        `${s.level}:${s.module}`,
        ...(s.names === '*' ? ['*'] : s.names.map((n) => `${n.name}${n.as ? ` as ${n.as}` : ''}`)),
      );
    case 'If':
    case 'While':
      return join(s.kind.toLowerCase(), sketch(s.test), block(s.body), otherwise(s.orelse));
    case 'For':
      return join(s.async ? 'async' : '', 'for', sketch(s.target), 'in', sketch(s.iter), block(s.body), otherwise(s.orelse));
    case 'Try': {
      const handlers = s.handlers.map((h) => join('except', maybe(h.type), h.name && `as ${h.name}`, block(h.body)));
      return join('try', block(s.body), ...handlers, otherwise(s.orelse), s.final.length > 0 ? `finally ${block(s.final)}` : '');
    }
    case 'With': {
      const items = s.items.map((i) => join(sketch(i.value), i.target && `as ${sketch(i.target)}`)).join(', ');
      return join(s.async ? 'async' : '', 'with', items, block(s.body));
    }
    case 'FunctionDef': {
      const head = `${s.name}(${sketchParameters(s.params)})`;
      const flags = join(s.async ? 'async' : '', s.generator ? 'generator' : '');
      return join(...s.decorators.map((d) => `@${sketch(d)}`), flags, 'def', head, s.returns && `-> ${sketch(s.returns)}`, block(s.body));
    }
    case 'ClassDef':
      return join(...s.decorators.map((d) => `@${sketch(d)}`), 'class', `${s.name}(${sketchArguments(s.args)})`, block(s.body));
    case 'Match': {
      const cases = s.cases.map((c) => join('case', sketchPattern(c.pattern), c.guard && `if ${sketch(c.guard)}`, block(c.body)));
      return join('match', sketch(s.subject), ...cases);
    }
    case 'TypeAlias':
      return `type ${s.name.name} = ${sketch(s.value)}`;
  }
}
