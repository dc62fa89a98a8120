/**
 * Reads the patterns of `match` statements.
 * Owns the difference between a name that is bound and a dotted name that is compared.
 */

import type { Expression, Name, Pattern } from './syntax.ts';
import { readName } from './syntax-expressions.ts';
import type { SyntaxReader } from './syntax-reader.ts';

/** The patterns of a `case` from the cursor up to its guard or colon; several without brackets are a sequence. */
export function readCasePatterns(r: SyntaxReader): Pattern {
  const { node, token } = r.grammar;
  const items: Pattern[] = [];
  let comma = false;
  do {
    if (r.type === node.case_pattern) items.push(readPattern(r));
    else if (r.type === token[',']) comma = true;
    else break;
  } while (r.next());
  const [only] = items;
  return only !== undefined && !comma && only.kind !== 'star' ? only : { kind: 'sequence', items };
}

/** The pattern under the cursor. A sign belongs to the number after it, so the cursor may advance to that number. */
function readPattern(r: SyntaxReader): Pattern {
  const { node, token } = r.grammar;
  switch (r.type) {
    case node.case_pattern: {
      r.enter();
      const pattern = readPattern(r);
      r.leave();
      return pattern;
    }
    case node.as_pattern: {
      r.enter();
      const pattern = readPattern(r);
      r.next();
      r.next();
      const name = readName(r);
      r.leave();
      return { kind: 'as', pattern, name };
    }
    case node.union_pattern: {
      const of: Pattern[] = [];
      r.enter();
      do {
        if (r.type !== token['|']) of.push(readPattern(r));
      } while (r.next());
      r.leave();
      return { kind: 'or', of };
    }
    case node.list_pattern:
    case node.tuple_pattern:
      return readSequence(r);
    case node.dict_pattern:
      return readMapping(r);
    case node.class_pattern:
      return readClass(r);
    case node.splat_pattern: {
      r.enter();
      r.next();
      const name = r.type === node.identifier ? readName(r) : undefined;
      r.leave();
      return { kind: 'star', name: name?.name === '_' ? undefined : name };
    }
    case node.dotted_name: {
      const name = readDotted(r);
      if (name.kind !== 'Name') return { kind: 'value', value: name };
      return { kind: 'capture', name: name.name === '_' ? undefined : name };
    }
    case token._:
      return { kind: 'capture', name: undefined };
    case token['-']:
      return { kind: 'value', value: readSigned(r) };
    case node.complex_pattern: {
      const { start, end } = r;
      r.enter();
      const left = readSigned(r);
      r.next();
      const op = r.symbol as '+' | '-';
      const right = r.nextExpression();
      r.leave();
      return { kind: 'value', value: { kind: 'Binary', id: r.nodes++, start, end, op, left, right } };
    }
    default:
      return { kind: 'value', value: r.expression() };
  }
}

function readSigned(r: SyntaxReader): Expression {
  if (r.type !== r.grammar.token['-']) return r.expression();
  const { start } = r;
  const operand = r.nextExpression();
  return { kind: 'Unary', id: r.nodes++, start, end: operand.end, op: '-', operand };
}

function readDotted(r: SyntaxReader): Expression {
  r.enter();
  let value: Expression = readName(r);
  const { start } = value;
  while (r.next()) {
    if (!r.named) continue;
    value = { kind: 'Attribute', id: r.nodes++, start, end: r.end, value, name: r.identifier(), nameStart: r.start };
  }
  r.leave();
  return value;
}

/** `(a)` without a comma only groups. */
function readSequence(r: SyntaxReader): Pattern {
  const { node, token } = r.grammar;
  const grouping = r.type === node.tuple_pattern;
  const items: Pattern[] = [];
  let comma = false;
  r.enter();
  while (r.next()) {
    if (r.type === token[',']) comma = true;
    else if (r.named) items.push(readPattern(r));
  }
  r.leave();
  const [only] = items;
  return grouping && !comma && items.length === 1 && only !== undefined && only.kind !== 'star' ? only : { kind: 'sequence', items };
}

function readMapping(r: SyntaxReader): Pattern {
  const { node, token } = r.grammar;
  const items: { key: Expression; value: Pattern }[] = [];
  let rest: Name | undefined;
  let key: Expression | undefined;
  r.enter();
  while (r.next()) {
    if (r.type === node.splat_pattern) {
      const pattern = readPattern(r);
      rest = pattern.kind === 'star' ? pattern.name : undefined;
    } else if (r.type === node.case_pattern) {
      if (key !== undefined) items.push({ key, value: readPattern(r) });
      key = undefined;
    } else if (r.named || r.type === token['-'] || r.type === token._) {
      const pattern = readPattern(r);
      if (pattern.kind !== 'value') throw r.unreadable('a mapping pattern needs a literal or dotted key');
      key = pattern.value;
    }
  }
  r.leave();
  return { kind: 'mapping', items, rest };
}

function readClass(r: SyntaxReader): Pattern {
  const { node } = r.grammar;
  const positional: Pattern[] = [];
  const keyword: { name: string; value: Pattern }[] = [];
  r.enter();
  const cls = readDotted(r);
  while (r.next()) {
    if (r.type !== node.case_pattern) continue;
    r.enter();
    if (r.type === node.keyword_pattern) {
      r.enter();
      const name = r.identifier();
      r.next();
      r.next();
      keyword.push({ name, value: readPattern(r) });
      r.leave();
    } else {
      positional.push(readPattern(r));
    }
    r.leave();
  }
  r.leave();
  return { kind: 'class', cls, positional, keyword };
}
