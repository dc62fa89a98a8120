/**
 * The meaning of expressions. Each is evaluated in the current frame; a fault that nothing in the program catches is
 * reported where it happens, and evaluation goes on with an unknown value.
 */
import { and, type Cond, not, or } from '../dims/cond.ts';
import { symbol } from '../dims/dim.ts';
import { getAttr, setAttr } from './attributes.ts';
import { callValue } from './calls.ts';
import { compare } from './comparison.ts';
import { comprehension } from './comprehensions.ts';
import { PyError } from './faults.ts';
import type { Frame, Interpreter } from './interpreter.ts';
import { appendContent, binary, unary } from './operators.ts';
import { assignName, findName, lookupName } from './scopes.ts';
import { boundNames } from './source-names.ts';
import { getItem } from './subscripts.ts';
import type { Argument, Call, Compare, Constant, Expression, FormattedValue, FunctionDef, Lambda, Node } from './syntax.ts';
import { formatValue } from './text.ts';
import { isDoubted } from './uncounted.ts';
import type { Content, FunctionValue, ListValue, Rest, Value } from './values.ts';
import { walk } from './visit.ts';

export function evaluate(interp: Interpreter, node: Expression): Value {
  const value = evaluateNode(interp, node);
  const observe = interp.observer.value;
  if (observe !== undefined && node.kind !== 'Constant') observe.call(interp.observer, node, value, interp.frame?.file ?? '');
  return value;
}

function evaluateNode(interp: Interpreter, node: Expression): Value {
  switch (node.kind) {
    case 'Name':
      return attempt(interp, node, () => lookupName(interp, node.name));
    case 'Constant':
      return constantValue(interp, node);
    case 'Attribute': {
      const object = evaluate(interp, node.value);
      return attempt(interp, node, () => getAttr(interp, object, node.name));
    }
    case 'Call':
      return evaluateCall(interp, node);
    case 'Binary': {
      const left = evaluate(interp, node.left);
      const right = evaluate(interp, node.right);
      return attempt(interp, node, () => binary(interp, node.op, left, right));
    }
    case 'Subscript': {
      const container = evaluate(interp, node.value);
      const index = evaluate(interp, node.index);
      return attempt(interp, node, () => getItem(interp, container, index));
    }
    case 'Slice':
      return {
        kind: 'slice',
        start: node.lower === undefined ? interp.none : evaluate(interp, node.lower),
        stop: node.upper === undefined ? interp.none : evaluate(interp, node.upper),
        step: node.step === undefined ? interp.none : evaluate(interp, node.step),
      };
    case 'Tuple': {
      const { items, rest } = sequence(interp, node.items);
      return interp.tuple(items, rest === undefined ? {} : { rest });
    }
    case 'List':
      return interp.list(sequence(interp, node.items));
    case 'Set': {
      const { items, rest } = sequence(interp, node.items);
      return interp.set(items, false, rest?.element);
    }
    case 'Dict':
      return evaluateDict(interp, node);
    case 'Unary': {
      const operand = evaluate(interp, node.operand);
      return attempt(interp, node, () => unary(interp, node.op, operand));
    }
    case 'BoolOp': {
      const left = evaluate(interp, node.left);
      const cond = attemptCond(interp, node, left);
      const pick = (truthy: boolean) =>
        interp.fork(
          truthy ? cond : not(cond),
          () => evaluate(interp, node.right),
          () => left,
        );
      return node.op === 'and' ? pick(true) : pick(false);
    }
    case 'Compare':
      return evaluateCompare(interp, node);
    case 'Conditional': {
      const cond = attemptCond(interp, node.test, evaluate(interp, node.test));
      return interp.fork(
        cond,
        () => evaluate(interp, node.body),
        () => evaluate(interp, node.orelse),
      );
    }
    case 'Lambda':
      return makeFunction(interp, node, '<lambda>');
    case 'Comprehension':
      return comprehension(interp, node);
    case 'NamedExpr': {
      const value = evaluate(interp, node.value);
      assignName(interp, node.target.name, value);
      return value;
    }
    case 'JoinedString':
      return joinedString(interp, node.parts);
    case 'Starred':
      return evaluate(interp, node.value);
    case 'Await':
      return evaluate(interp, node.value);
    case 'Yield':
      return evaluateYield(interp, node);
  }
}

/** Does something that may fault at this node; see `settle`. */
export function attempt(interp: Interpreter, node: Node, action: () => Value): Value {
  const { frame } = interp;
  if (frame !== undefined) frame.node = node;
  try {
    return action();
  } catch (error) {
    if (error instanceof PyError) return settle(interp, error, node);
    throw error;
  }
}

/** A fault that the program does not catch is reported once, here; every other exception goes on. */
export function settle(interp: Interpreter, error: PyError, node: Node): Value {
  if (interp.mode === 'run' || error.fault === undefined) throw error;
  error.at ??= { node, file: interp.frame?.file ?? '', stack: interp.stack(), conditions: interp.path.length };
  if (interp.speculative > 0) throw error;
  if (error.value.kind === 'object' && interp.willCatch(error.value.cls)) throw error;
  if (isDoubted(interp) || isOfAnotherIteration(interp, error, node)) return interp.unknown();
  interp.observer.fault(error.fault, error.at.node, error.at.file, error.at.stack, error.at.conditions);
  if (interp.frame !== undefined) interp.frame.faulty = true;
  return interp.unknown();
}

/** Nothing yet in a variable that the loop fills, where a condition that is not known may say that it is filled by then. */
function isOfAnotherIteration(interp: Interpreter, error: PyError, node: Node): boolean {
  const loop = interp.frame?.loops.at(-1);
  if (loop === undefined || interp.path.length <= loop.continues.pathDepth || error.fault?.text?.includes("'NoneType'") !== true)
    return false;
  const bound = boundNames(loop.body);
  let found = false;
  walk(node, (part) => {
    if (
      part.kind === 'Name' &&
      bound.has(part.name) &&
      interp.resolve(findName(interp, (interp.frame as Frame).scope, part.name) ?? interp.unknown()).kind === 'none'
    )
      found = true;
  });
  return found;
}

function attemptCond(interp: Interpreter, node: Node, value: Value): Cond {
  let cond: Cond | undefined;
  attempt(interp, node, () => {
    cond = interp.truth(value);
    return interp.none;
  });
  return cond ?? interp.freshFlag('?');
}

/** The truth of an expression; comparisons keep their condition. */
export function condition(interp: Interpreter, node: Expression): Cond {
  if (node.kind === 'BoolOp' && node.op === 'and' && isPure(node.right)) {
    const left = condition(interp, node.left);
    if (interp.decide(left) === 'no') return left;
    const right = interp.decide(left) === 'yes' ? condition(interp, node.right) : conditionUnder(interp, left, node.right);
    return and(left, right);
  }
  if (node.kind === 'BoolOp' && node.op === 'or' && isPure(node.right)) {
    const left = condition(interp, node.left);
    const known = interp.decide(left);
    if (known === 'yes') return left;
    const right = known === 'no' ? condition(interp, node.right) : conditionUnder(interp, not(left), node.right);
    return or(left, right);
  }
  if (node.kind === 'Unary' && node.op === 'not') return not(condition(interp, node.operand));
  return attemptCond(interp, node, evaluate(interp, node));
}

/** The right side of `and` and `or`, evaluated where the left decides nothing. */
function conditionUnder(interp: Interpreter, left: Cond, node: Expression): Cond {
  let cond: Cond | undefined;
  interp.fork(
    left,
    () => {
      cond = condition(interp, node);
      return interp.none;
    },
    () => interp.none,
  );
  return cond ?? interp.freshFlag('?');
}

function isPure(node: Expression): boolean {
  switch (node.kind) {
    case 'Name':
    case 'Constant':
      return true;
    case 'Attribute':
      return isPure(node.value);
    case 'Compare':
      return isPure(node.first) && node.rest.every((r) => isPure(r.value));
    case 'Unary':
      return isPure(node.operand);
    case 'Call':
      return isPure(node.func) && node.args.every((a) => isPure(a.value));
    case 'Subscript':
      return isPure(node.value) && isPure(node.index);
    case 'BoolOp':
    case 'Binary':
      return isPure(node.left) && isPure(node.right);
    default:
      return false;
  }
}

function constantValue(interp: Interpreter, node: Constant): Value {
  switch (node.type) {
    case 'none':
      return interp.none;
    case 'bool':
      return interp.bool(node.value === true);
    case 'int': {
      if (node.big !== undefined) return interp.bigint(node.big);
      if (interp.mode === 'run') return interp.int(node.value as number);
      const file = interp.frame?.file ?? '';
      return interp.int(node.value as number, { what: `the literal ${node.value}`, place: { file, start: node.start, end: node.end } });
    }
    case 'float':
      return interp.float(node.value as number);
    case 'complex':
      return { kind: 'complex', re: 0, im: node.value as number };
    case 'str':
      return interp.str(node.value as string);
    case 'bytes':
      return { kind: 'bytes', value: node.value as string };
    case 'ellipsis':
      return interp.ellipsis;
  }
}

/** The items of a display, with `*starred` ones spread. */
function sequence(interp: Interpreter, nodes: readonly Expression[]): { items: Value[]; rest: Rest | undefined } {
  let content: { items: readonly Value[]; rest: Rest | undefined } = { items: [], rest: undefined };
  const own: Value[] = [];
  let plain = true;
  for (const node of nodes) {
    if (node.kind === 'Starred') {
      const value = evaluate(interp, node.value);
      if (plain) {
        content = { items: own, rest: undefined };
        plain = false;
      }
      content = appendContent(interp, content, spread(interp, value, node));
    } else {
      const value = evaluate(interp, node);
      if (plain) own.push(value);
      else content = appendContent(interp, content, { items: [value], rest: undefined });
    }
  }
  return plain ? { items: own, rest: undefined } : { items: [...content.items], rest: content.rest };
}

function spread(interp: Interpreter, value: Value, node: Node): { items: readonly Value[]; rest: Rest | undefined } {
  const direct = interp.content(value);
  if (direct !== undefined) return direct;
  let items: readonly Value[] | undefined;
  attempt(interp, node, () => {
    items = interp.items(value);
    return interp.none;
  });
  return items === undefined
    ? { items: [], rest: { element: interp.unknown(), length: symbol('?', { least: 0 }) } }
    : { items, rest: undefined };
}

function evaluateDict(interp: Interpreter, node: Extract<Expression, { kind: 'Dict' }>): Value {
  const entries: (readonly [Value, Value])[] = [];
  let rest: { key: Value; value: Value } | undefined;
  for (const item of node.items) {
    const key = item.key === undefined ? undefined : evaluate(interp, item.key);
    const value = evaluate(interp, item.value);
    if (key !== undefined) {
      entries.push([key, value]);
      continue;
    }
    const v = interp.resolve(value);
    if (v.kind === 'dict') {
      entries.push(...v.slot.get().entries.values());
      rest = v.slot.get().rest ?? rest;
      continue;
    }
    const keys = v.kind === 'object' ? interp.callMethod(v, 'keys', []) : undefined;
    const names = keys === undefined ? undefined : interp.items(keys);
    if (names === undefined) rest = { key: interp.unknown(), value: interp.unknown() };
    else for (const name of names) entries.push([name, getItem(interp, v, name)]);
  }
  return interp.dict(entries, rest === undefined ? {} : { rest });
}

function evaluateCompare(interp: Interpreter, node: Compare): Value {
  let left = evaluate(interp, node.first);
  let result: Value | undefined;
  for (const { op, value } of node.rest) {
    const before = left;
    const right = evaluate(interp, value);
    const answer = attempt(interp, node, () => compare(interp, op, before, right));
    result = result === undefined ? answer : interp.bool(and(interp.truth(result), interp.truth(answer)));
    left = right;
    if (node.rest.length > 1 && interp.decide(interp.truth(result)) === 'no') return result;
  }
  return result as Value;
}

function evaluateCall(interp: Interpreter, node: Call): Value {
  interp.tick();
  const fn = evaluate(interp, node.func);
  const resolved = interp.resolve(fn);
  if (resolved.kind === 'class' && resolved.name === 'super' && resolved === interp.builtins.names.get('super'))
    return superOf(interp, node);
  const call = evaluateArguments(interp, node.args);
  if (node.func.kind === 'Attribute' && node.func.name === 'update' && updatesAttributes(interp, node.func.value, call)) return interp.none;
  return attempt(interp, node, () => callValue(interp, fn, call, node));
}

/** `x.__dict__.update(…)` and `vars(x).update(…)` set attributes of `x`. */
function updatesAttributes(
  interp: Interpreter,
  node: Expression,
  call: { args: readonly Value[]; kwargs: ReadonlyMap<string, Value> },
): boolean {
  let owner: Expression | undefined;
  if (node.kind === 'Attribute' && node.name === '__dict__') owner = node.value;
  else if (node.kind === 'Call' && node.func.kind === 'Name' && node.func.name === 'vars') owner = node.args[0]?.value;
  if (owner === undefined) return false;
  const object = evaluate(interp, owner);
  for (const given of call.args) {
    const table = interp.resolve(given);
    if (table.kind !== 'dict') {
      // Which attributes are set is not known; those that wait for a value are likely among them.
      const target = interp.resolve(object);
      if (target.kind === 'object') {
        for (const [name, value] of [...target.attrs.entries()]) if (value.kind === 'none') target.attrs.set(name, interp.unknown(name));
      }
      continue;
    }
    for (const [key, value] of table.slot.get().entries.values()) {
      const name = interp.asString(key);
      if (name !== undefined) setAttr(interp, object, name, value);
    }
  }
  for (const [name, value] of call.kwargs) setAttr(interp, object, name, value);
  return true;
}

/** Of a call that gives none; nothing is put in. */
const noKeywords = new Map<string, Value>();

export function evaluateArguments(interp: Interpreter, nodes: readonly Argument[]) {
  const args: Value[] = [];
  const kwargs = nodes.some((argument) => argument.name !== undefined || argument.star === 2) ? new Map<string, Value>() : noKeywords;
  let open = false;
  let rest: Rest | undefined;
  let sequence: Content | undefined;
  for (const argument of nodes) {
    const value = evaluate(interp, argument.value);
    if (argument.star === 0) {
      if (argument.name === undefined) {
        if (sequence !== undefined) sequence = appendContent(interp, sequence, { items: [value], rest: undefined });
        args.push(value);
      } else kwargs.set(argument.name, value);
    } else if (argument.star === 1) {
      const v = interp.resolve(value);
      const content = spread(interp, v, argument.value);
      if (sequence !== undefined || content.rest !== undefined)
        sequence = appendContent(interp, sequence ?? { items: [...args], rest: undefined }, content);
      args.push(...content.items);
      if (content.rest !== undefined) {
        // `*x.shape` of a tensor of unknown rank is passed on as it is, for natives that can use it.
        if (v.kind === 'tuple' && v.open !== undefined && args.length === 0 && nodes.length === 1) args.push(v);
        else {
          rest = open ? undefined : content.rest;
          open = true;
        }
      }
    } else {
      const v = interp.resolve(value);
      if (v.kind === 'dict') {
        const content = v.slot.get();
        for (const [key, entry] of content.entries.values()) {
          const name = interp.asString(key);
          if (name === undefined) open = true;
          else kwargs.set(name, entry);
        }
        if (content.rest !== undefined) open = true;
      } else {
        const keys = v.kind === 'object' ? interp.callMethod(v, 'keys', []) : undefined;
        const names = keys === undefined ? undefined : interp.items(keys);
        if (names === undefined) open = true;
        else for (const name of names) kwargs.set(interp.asString(name) ?? '?', getItem(interp, v, name));
      }
    }
  }
  return { args, kwargs, open, rest, sequence };
}

function superOf(interp: Interpreter, node: Call): Value {
  if (node.args.length >= 2) {
    const cls = interp.resolve(evaluate(interp, (node.args[0] as Argument).value));
    const self = evaluate(interp, (node.args[1] as Argument).value);
    if (cls.kind === 'class') return { kind: 'super', after: cls, self };
    // The name may stand for something else by now (a decorator's result, a dummy where something is not installed).
    const owner = interp.frame?.fn?.owner;
    const [at] = node.args;
    return owner !== undefined && at?.value.kind === 'Name' && at.value.name === owner.name
      ? { kind: 'super', after: owner, self }
      : interp.unknown();
  }
  // `super(cls)` is bound to nothing: what it has is its own.
  if (node.args.length === 1) return interp.unknown();
  for (let i = interp.frames.length - 1; i >= 0; i--) {
    const frame = interp.frames[i];
    const owner = frame?.fn?.owner;
    if (frame === undefined || owner === undefined) continue;
    const first = frame.fn?.node.params.items[0];
    const self = first === undefined ? undefined : frame.scope.cells.get(first.name);
    if (self !== undefined) return { kind: 'super', after: owner, self };
  }
  return interp.unknown();
}

const noDefaults: ReadonlyMap<string, Value> = new Map();

/** A function value; defaults are evaluated now, as Python does. */
export function makeFunction(interp: Interpreter, node: FunctionDef | Lambda, name: string): FunctionValue {
  const frame = interp.frame;
  if (frame === undefined) throw new Error('a function outside of any frame');
  let defaults: Map<string, Value> | undefined;
  for (const p of node.params.items) if (p.default !== undefined) (defaults ??= new Map()).set(p.name, evaluate(interp, p.default));
  const { scope } = frame;
  const prefix = frame.qualifiedPrefix;
  return {
    kind: 'function',
    id: interp.heap.freshId(),
    name,
    qualifiedName: prefix === '' ? name : `${prefix}.${name}`,
    node,
    scope,
    file: frame.file,
    defaults: defaults ?? noDefaults,
    owner: undefined,
    attrs: interp.cells(),
  };
}

function joinedString(interp: Interpreter, parts: readonly (string | FormattedValue)[]): Value {
  let result: string | undefined = '';
  for (const part of parts) {
    const text = typeof part === 'string' ? part : formatted(interp, part);
    result = result === undefined || text === undefined ? undefined : result + text;
  }
  return interp.str(result);
}

function formatted(interp: Interpreter, part: FormattedValue): string | undefined {
  let value = evaluate(interp, part.value);
  const spec = part.spec.length === 0 ? '' : interp.asString(joinedString(interp, part.spec));
  const conversion = part.conversion ?? (part.debug !== undefined && part.spec.length === 0 ? 'r' : undefined);
  if (conversion !== undefined) value = interp.str(conversion === 's' ? interp.str_(value) : interp.repr(value));
  let text: string | undefined;
  attempt(interp, part.value, () => {
    text = spec === undefined ? undefined : formatValue(interp, value, spec);
    return interp.none;
  });
  return text === undefined ? undefined : (part.debug ?? '') + text;
}

/** While a generator runs eagerly its values are collected; `None` is sent back. */
function evaluateYield(interp: Interpreter, node: Extract<Expression, { kind: 'Yield' }>): Value {
  const value = node.value === undefined ? interp.none : evaluate(interp, node.value);
  const yields: ListValue | undefined = interp.frame?.yields;
  if (yields === undefined) return interp.unknown();
  const content = yields.slot.get();
  if (!node.from) yields.slot.set(appendContent(interp, content, { items: [value], rest: undefined }));
  else yields.slot.set(appendContent(interp, content, spread(interp, value, node)));
  return node.from ? interp.none : interp.unknown();
}
