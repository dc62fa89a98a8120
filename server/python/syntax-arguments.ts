/**
 * Reads the arguments of calls and the parameters of functions and lambdas.
 * Owns how a parameter may be passed; it knows nothing of what a call does.
 */

import type { Argument, Expression, Parameter, Parameters } from './syntax.ts';
import type { SyntaxReader } from './syntax-reader.ts';

/** The argument list, or the lone generator, under the cursor. */
export function readArguments(r: SyntaxReader): readonly Argument[] {
  const { node } = r.grammar;
  const args: Argument[] = [];
  if (r.type !== node.argument_list) {
    const { start, end } = r;
    return [{ start, end, name: undefined, star: 0, value: r.expression() }];
  }
  if (!r.enter()) return args;
  do {
    if (!r.named) continue;
    const { start, end, type } = r;
    if (type === node.keyword_argument) {
      r.enter();
      const name = r.identifier();
      r.next();
      const value = r.nextExpression();
      r.leave();
      args.push({ start, end, name, star: 0, value });
    } else if (type === node.list_splat || type === node.dictionary_splat) {
      r.enter();
      const value = r.nextExpression();
      r.leave();
      args.push({ start, end, name: undefined, star: type === node.list_splat ? 1 : 2, value });
    } else {
      const value = r.item();
      if (value.kind === 'Starred') args.push({ start, end, name: undefined, star: 1, value: value.value });
      else args.push({ start, end, name: undefined, star: 0, value });
    }
  } while (r.next());
  r.leave();
  return args;
}

interface Draft {
  name: string;
  nameStart: number;
  nameEnd: number;
  star: 0 | 1 | 2;
  annotation: Expression | undefined;
  default: Expression | undefined;
}

/** The `parameters` or `lambda_parameters` under the cursor. Parameters before `/` turn positional once it is met. */
export function readParameters(r: SyntaxReader): Parameters {
  const { node } = r.grammar;
  const items: Parameter[] = [];
  let keywordOnly = false;
  if (!r.enter()) return { items };
  do {
    if (!r.named) continue;
    const { start, end, type } = r;
    if (type === node.keyword_separator) {
      keywordOnly = true;
    } else if (type === node.positional_separator) {
      for (let i = 0; i < items.length; i++) items[i] = { ...(items[i] as Parameter), pass: 'positional' };
    } else {
      const draft: Draft = { name: '', nameStart: start, nameEnd: start, star: 0, annotation: undefined, default: undefined };
      readParameter(r, draft);
      const { name, nameStart, nameEnd, star } = draft;
      const pass = star === 1 ? 'star' : star === 2 ? 'star-star' : keywordOnly ? 'keyword' : 'either';
      if (star === 1) keywordOnly = true;
      items.push({
        kind: 'Parameter',
        id: r.nodes++,
        start,
        end,
        name,
        nameStart,
        nameEnd,
        pass,
        annotation: draft.annotation,
        default: draft.default,
      });
    }
  } while (r.next());
  r.leave();
  return { items };
}

function readParameter(r: SyntaxReader, draft: Draft): void {
  const { node, token } = r.grammar;
  switch (r.type) {
    case node.identifier:
      draft.name = r.identifier();
      draft.nameStart = r.start;
      draft.nameEnd = r.end;
      return;
    case node.list_splat_pattern:
    case node.dictionary_splat_pattern:
      draft.star = r.type === node.list_splat_pattern ? 1 : 2;
      r.enter();
      r.next();
      readParameter(r, draft);
      r.leave();
      return;
    case node.typed_parameter:
    case node.default_parameter:
    case node.typed_default_parameter:
      r.enter();
      readParameter(r, draft);
      while (r.next()) {
        if (r.type === token[':']) draft.annotation = r.nextExpression();
        else if (r.type === token['=']) draft.default = r.nextExpression();
      }
      r.leave();
      return;
    default:
      throw r.unreadable('invalid parameter');
  }
}
