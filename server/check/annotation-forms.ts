/**
 * Annotations as Python would read them: names, subscripts and unions, written as code or inside a string. Evaluating one
 * finds names that only a type checker imports as well. Knows no tensors.
 */
import { findAttr } from '../python/attributes.ts';
import { PyError } from '../python/faults.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { findName } from '../python/scopes.ts';
import { getItem } from '../python/subscripts.ts';
import type { Expression } from '../python/syntax.ts';
import type { Scope, Value } from '../python/values.ts';

export type Form =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'attribute'; readonly of: Form; readonly name: string }
  | { readonly kind: 'subscript'; readonly of: Form; readonly items: readonly Form[]; readonly several: boolean }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'none' | 'ellipsis' | 'other' }
  | { readonly kind: 'union'; readonly left: Form; readonly right: Form }
  | { readonly kind: 'slice'; readonly from: Form | undefined; readonly to: Form | undefined };

const OTHER: Form = { kind: 'other' };

/** An annotation that is written as code. */
export function formOf(node: Expression): Form {
  switch (node.kind) {
    case 'Name':
      return { kind: 'name', name: node.name };
    case 'Attribute':
      return { kind: 'attribute', of: formOf(node.value), name: node.name };
    case 'Subscript': {
      const several = node.index.kind === 'Tuple';
      const items = node.index.kind === 'Tuple' ? node.index.items : [node.index];
      return { kind: 'subscript', of: formOf(node.value), items: items.map(formOf), several };
    }
    case 'Constant':
      if (node.type === 'str') return { kind: 'text', text: String(node.value) };
      if (node.type === 'int') return { kind: 'number', value: Number(node.value) };
      return node.type === 'none' ? { kind: 'none' } : node.type === 'ellipsis' ? { kind: 'ellipsis' } : OTHER;
    case 'Unary':
      return node.op === '-' && node.operand.kind === 'Constant' && node.operand.type === 'int'
        ? { kind: 'number', value: -Number(node.operand.value) }
        : OTHER;
    case 'Binary':
      return node.op === '|' ? { kind: 'union', left: formOf(node.left), right: formOf(node.right) } : OTHER;
    case 'Slice':
      return {
        kind: 'slice',
        from: node.lower === undefined ? undefined : formOf(node.lower),
        to: node.upper === undefined ? undefined : formOf(node.upper),
      };
    default:
      return OTHER;
  }
}

const TOKEN =
  /\s*(?:(?<text>[rR]?(?:"[^"\\\n]*"|'[^'\\\n]*'))|(?<name>[\p{L}_][\p{L}\p{N}_]*)|(?<number>-?\d+)|(?<sign>\.\.\.|[[\],.|:]))/uy;

/** What a string says as an annotation; undefined where it is none. */
export function formOfText(text: string): Form | undefined {
  const tokens: { kind: 'text' | 'name' | 'number' | 'sign'; text: string }[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const groups = TOKEN.exec(text)?.groups;
    if (groups === undefined) return undefined;
    for (const kind of ['text', 'name', 'number', 'sign'] as const) {
      const found = groups[kind];
      if (found !== undefined) tokens.push({ kind, text: found });
    }
  }
  let at = 0;
  const accept = (sign: string): boolean => {
    const found = tokens[at]?.kind === 'sign' && tokens[at]?.text === sign;
    if (found) at++;
    return found;
  };
  const single = (): Form | undefined => {
    const token = tokens[at];
    if (token === undefined) return undefined;
    at++;
    let form: Form;
    if (token.kind === 'text') form = { kind: 'text', text: token.text.replace(/^[rR]/, '').slice(1, -1) };
    else if (token.kind === 'number') form = { kind: 'number', value: Number(token.text) };
    else if (token.kind === 'name') form = token.text === 'None' ? { kind: 'none' } : { kind: 'name', name: token.text };
    else if (token.text === '...') return { kind: 'ellipsis' };
    else if (token.text === '[') {
      // The list of a Callable's arguments: read past.
      const inner = list();
      return inner === undefined ? undefined : OTHER;
    } else return undefined;
    for (;;) {
      if (accept('.')) {
        const name = tokens[at++];
        if (name?.kind !== 'name') return undefined;
        form = { kind: 'attribute', of: form, name: name.text };
      } else if (accept('[')) {
        const items = list();
        if (items === undefined) return undefined;
        form = { kind: 'subscript', of: form, items: items.forms, several: items.several };
      } else return form;
    }
  };
  const whole = (): Form | undefined => {
    let left = single();
    while (left !== undefined && accept('|')) {
      const right = single();
      left = right === undefined ? undefined : { kind: 'union', left, right };
    }
    if (left !== undefined && accept(':')) return { kind: 'slice', from: left, to: whole() };
    return left;
  };
  const list = (): { forms: Form[]; several: boolean } | undefined => {
    const forms: Form[] = [];
    let several = false;
    while (!accept(']')) {
      const item = whole();
      if (item === undefined) return undefined;
      forms.push(item);
      if (accept(',')) several = true;
      else if (tokens[at]?.text !== ']') return undefined;
    }
    return { forms, several };
  };
  const form = whole();
  return at === tokens.length ? form : undefined;
}

/** Whether a string or a number stands somewhere in it: without one an annotation says nothing of axes, unless a name stands for one. */
export function holdsConstant(node: Expression): boolean {
  switch (node.kind) {
    case 'Constant':
      return node.type === 'str' || node.type === 'int';
    case 'Subscript':
      return holdsConstant(node.value) || holdsConstant(node.index);
    case 'Tuple':
    case 'List':
      return node.items.some(holdsConstant);
    case 'Binary':
      return holdsConstant(node.left) || holdsConstant(node.right);
    case 'Slice':
      return node.lower !== undefined && holdsConstant(node.lower);
    default:
      return false;
  }
}

export interface Evaluated {
  readonly value: Value;
  /** What its evaluation raised. */
  readonly error: PyError | undefined;
}

/** The value of an annotation in a scope; what it raises is given back and not reported. */
export function evaluateForm(interp: Interpreter, form: Form, scope: Scope): Evaluated {
  interp.speculative++;
  const frames = interp.frames.length;
  try {
    return { value: valueOf(interp, form, scope), error: undefined };
  } catch (error) {
    if (!(error instanceof PyError)) throw error;
    interp.frames.length = frames;
    return { value: interp.unknown(), error };
  } finally {
    interp.speculative--;
  }
}

function valueOf(interp: Interpreter, form: Form, scope: Scope): Value {
  switch (form.kind) {
    case 'name':
      return named(interp, form.name, scope);
    case 'attribute': {
      const of = interp.resolve(valueOf(interp, form.of, scope));
      return of.kind === 'unknown' ? interp.unknown(form.name) : (findAttr(interp, of, form.name) ?? interp.unknown(form.name));
    }
    case 'subscript': {
      const of = generic(interp, interp.resolve(valueOf(interp, form.of, scope)));
      const items = form.items.map((item) => valueOf(interp, item, scope));
      return getItem(interp, of, form.several ? interp.tuple(items) : (items[0] ?? interp.none));
    }
    case 'text':
      return interp.str(form.text);
    case 'number':
      return interp.int(form.value);
    case 'none':
      return interp.none;
    case 'ellipsis':
      return interp.ellipsis;
    case 'union': {
      const union = interp.modules.import('typing').attrs.get('Union') ?? interp.unknown();
      return getItem(interp, union, interp.tuple([valueOf(interp, form.left, scope), valueOf(interp, form.right, scope)]));
    }
    case 'slice': {
      const part = (of: Form | undefined): Value => (of === undefined ? interp.none : valueOf(interp, of, scope));
      return { kind: 'slice', start: part(form.from), stop: part(form.to), step: interp.none };
    }
    case 'other':
      return interp.unknown();
  }
}

function named(interp: Interpreter, name: string, scope: Scope): Value {
  const found = findName(interp, scope, name);
  if (found !== undefined && interp.resolve(found).kind !== 'unknown') return found;
  return interp.modules.importedAs(scope.globals.file, name) ?? found ?? interp.unknown(name);
}

/** `tuple[…]` and `list[…]` keep what is in the brackets as the names of `typing` do. */
function generic(interp: Interpreter, of: Value): Value {
  const { types } = interp.builtins;
  const name = of === types.tuple ? 'Tuple' : of === types.list ? 'List' : undefined;
  return name === undefined ? of : (interp.modules.import('typing').attrs.get(name) ?? of);
}
