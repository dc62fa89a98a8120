/**
 * What a function, method or class needs to be run: its parameters as a symbolic run learned them, and the symbols that
 * sizes have to be chosen for.
 */

import { Recorder } from '../check/recorder.ts';
import { argumentsFor } from '../check/symbolic-values.ts';
import type { Cond } from '../dims/cond.ts';
import { type Dim, evaluate, symbolsOf } from '../dims/dim.ts';
import { callFunction } from '../python/calls.ts';
import { lookup } from '../python/classes.ts';
import { BudgetExceeded, PyError } from '../python/faults.ts';
import { Interpreter } from '../python/interpreter.ts';
import type { ImportSource } from '../python/library.ts';
import type { Node, SourceFile } from '../python/syntax.ts';
import type { ClassValue, FunctionValue, Value } from '../python/values.ts';
import { createTorch } from '../torch/library.ts';
import { stateOf } from '../torch/state.ts';
import { payloadOf } from '../torch/tensor.ts';

/** What is known of one parameter. */
export type Need =
  | { readonly kind: 'size'; readonly dim: Dim }
  | { readonly kind: 'flag'; readonly cond: Cond }
  | {
      readonly kind: 'tensor';
      readonly head: readonly Dim[];
      /** The least and greatest number of further sizes of which nothing is known. */
      readonly run: { readonly least: number; readonly greatest: number } | undefined;
      readonly tail: readonly Dim[];
      readonly dtype: string | undefined;
    }
  | { readonly kind: 'tuple'; readonly items: readonly Need[] }
  /** The parameter's own default. */
  | { readonly kind: 'default' }
  | { readonly kind: 'unknown' };

export interface Plan {
  /** The class to be made first, with its constructor's parameters. */
  readonly cls: string | undefined;
  readonly constructor_: ReadonlyMap<string, Need>;
  /** The function or method to be called; undefined where a class has none that can be. */
  readonly call: string | undefined;
  readonly parameters: ReadonlyMap<string, Need>;
  /** Symbols by name, each with its bounds. */
  readonly symbols: ReadonlyMap<number, { readonly name: string; readonly least: number; readonly greatest: number }>;
  readonly recorder: Recorder;
  readonly nodes: readonly Node[];
}

const STEPS = 300_000;

/** Undefined where there is nothing of that name or at that line. */
export function planFor(
  source: SourceFile,
  target: { name?: string; line?: number },
  lineOf: (offset: number) => number,
  importSource?: ImportSource,
): Plan | undefined {
  const recorder = new Recorder(source);
  const interp = new Interpreter({
    mode: 'check',
    library: createTorch(),
    observer: recorder,
    steps: STEPS,
    ...(importSource === undefined ? {} : { importSource }),
  });
  recorder.attach(interp);
  interp.trail.mark();
  try {
    interp.runModule(source, '__sample__');
  } catch (error) {
    if (!(error instanceof PyError || error instanceof BudgetExceeded)) throw error;
  }
  interp.frames.length = 0;
  interp.path.length = 0;
  interp.stepsLeft = STEPS;
  const found = find(recorder, target, lineOf);
  if (found === undefined) return undefined;
  return symbolicRun(interp, recorder, found);
}

interface Found {
  readonly cls: ClassValue | undefined;
  readonly fn: FunctionValue | undefined;
}

function find(recorder: Recorder, target: { name?: string; line?: number }, lineOf: (offset: number) => number): Found | undefined {
  const classes = [...recorder.classes.values()];
  const owner = (fn: FunctionValue) => classes.find((c) => [...c.attrs.entries()].some(([, v]) => v === fn));
  if (target.name !== undefined) {
    const cls = classes.find((c) => c.qualifiedName === target.name || c.name === target.name);
    if (cls !== undefined) return { cls, fn: entryOf(cls) };
    const fn = [...recorder.functions.values()].find((f) => f.qualifiedName === target.name || f.name === target.name);
    return fn === undefined ? undefined : { cls: owner(fn), fn };
  }
  if (target.line === undefined) return undefined;
  const line = target.line;
  const around = (node: Node) => lineOf(node.start) <= line && line <= lineOf(Math.max(node.start, node.end - 1));
  const fns = [...recorder.functions.values()].filter((f) => around(f.node)).sort((a, b) => b.node.start - a.node.start);
  for (const fn of fns) {
    const cls = owner(fn);
    if (fn.name === '__init__' && cls !== undefined) return { cls, fn: entryOf(cls) };
    return { cls, fn };
  }
  const cls = classes.filter((c) => c.node !== undefined && around(c.node)).sort((a, b) => (b.node?.start ?? 0) - (a.node?.start ?? 0))[0];
  return cls === undefined ? undefined : { cls, fn: entryOf(cls) };
}

function entryOf(cls: ClassValue): FunctionValue | undefined {
  for (const name of ['forward', '__call__']) {
    const fn = lookup(cls, name);
    if (fn?.kind === 'function') return fn;
  }
  return undefined;
}

function symbolicRun(interp: Interpreter, recorder: Recorder, { cls, fn }: Found): Plan {
  const settle = (args: ReadonlyMap<string, Value>, owner: FunctionValue | undefined) => {
    const needs = new Map<string, Need>();
    for (const [name, value] of args) needs.set(name, needOf(interp, value, owner?.defaults.has(name) === true));
    return needs;
  };
  const quiet = (action: () => void): void => {
    const frames = interp.frames.length;
    try {
      action();
    } catch (error) {
      if (!(error instanceof PyError || error instanceof BudgetExceeded)) throw error;
      interp.frames.length = frames;
      interp.path.length = 0;
      interp.handlers.length = 0;
    }
  };
  let ctorArgs: ReadonlyMap<string, Value> = new Map();
  let init: FunctionValue | undefined;
  let self: Value | undefined;
  const isStatic =
    cls !== undefined && fn !== undefined && [...cls.attrs.entries()].some(([, v]) => v.kind === 'staticmethod' && v.func === fn);
  if (cls !== undefined && !isStatic) {
    self = interp.object(cls);
    const found = lookup(cls, '__init__');
    if (found?.kind === 'function') {
      init = found;
      const kwargs = argumentsFor(interp, found, 1);
      ctorArgs = kwargs;
      const object = self;
      quiet(() => void callFunction(interp, found, { args: [object], kwargs, open: false }, undefined));
    } else if (found !== undefined) {
      const object = self;
      quiet(() => void interp.call(found, [object]));
    }
  }
  let callArgs: ReadonlyMap<string, Value> = new Map();
  if (fn !== undefined) {
    const kwargs = argumentsFor(interp, fn, self === undefined ? 0 : 1);
    callArgs = kwargs;
    quiet(() => void callFunction(interp, fn, { args: self === undefined ? [] : [self], kwargs, open: false }, undefined));
  }
  recorder.settle();
  const constructor_ = settle(ctorArgs, init);
  const parameters = settle(callArgs, fn);
  const symbols = new Map<number, { name: string; least: number; greatest: number }>();
  const add = (dim: Dim) => {
    for (const s of symbolsOf(dim)) {
      if (symbols.has(s.id)) continue;
      symbols.set(s.id, { name: s.name, least: s.least, greatest: s.greatest });
    }
  };
  const visit = (need: Need): void => {
    if (need.kind === 'size') add(need.dim);
    else if (need.kind === 'tensor') for (const d of [...need.head, ...need.tail]) add(d);
    else if (need.kind === 'tuple') need.items.forEach(visit);
  };
  for (const need of constructor_.values()) visit(need);
  for (const need of parameters.values()) visit(need);
  const nodes = [init?.node, fn?.node].filter((n) => n !== undefined);
  return { cls: cls?.qualifiedName, constructor_, call: fn?.name, parameters, symbols, recorder, nodes: nodes as Node[] };
}

function needOf(interp: Interpreter, value: Value, hasDefault: boolean): Need {
  const v = interp.resolve(value);
  switch (v.kind) {
    case 'int':
      return hasDefault ? { kind: 'default' } : { kind: 'size', dim: interp.facts.simplify(v.dim) };
    case 'bool':
      return hasDefault ? { kind: 'default' } : { kind: 'flag', cond: v.cond };
    case 'object': {
      const tensor = payloadOf(v);
      if (tensor === undefined) return hasDefault ? { kind: 'default' } : { kind: 'unknown' };
      const { head, run, tail } = stateOf(interp).world.resolve(tensor.shape);
      const bounds = tensor.bounds;
      const index = tensor.dtype ?? (bounds !== undefined ? 'int64' : undefined);
      return {
        kind: 'tensor',
        head,
        run: run === undefined ? undefined : { least: run.least, greatest: run.greatest },
        tail,
        dtype: index,
      };
    }
    case 'tuple':
      return v.rest === undefined && v.open === undefined
        ? { kind: 'tuple', items: v.items.map((item) => needOf(interp, item, false)) }
        : { kind: 'unknown' };
    case 'choice': {
      // Either will do; the first that is a tensor is taken.
      if (hasDefault) return { kind: 'default' };
      const yes = needOf(interp, v.yes, false);
      return yes.kind === 'tensor' ? yes : needOf(interp, v.no, false);
    }
    default:
      return hasDefault ? { kind: 'default' } : { kind: 'unknown' };
  }
}

/** A size under an assignment of numbers to symbols; flags are false. */
export function sizeUnder(dim: Dim, sizes: ReadonlyMap<number, number>): number | undefined {
  return evaluate(
    dim,
    (id) => sizes.get(id) ?? 2,
    () => false,
  );
}
