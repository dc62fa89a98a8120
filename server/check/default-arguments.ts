/**
 * Default arguments that cannot work together: a class or function that nobody calls is tried with the defaults it states,
 * and everything else open. Where that raises, and open arguments alone do not, it is the defaults.
 */
import { spell } from '../dims/dim.ts';
import type { Origin } from '../dims/origin.ts';
import { presumeMore } from '../python/attributes.ts';
import { callFunction } from '../python/calls.ts';
import type { Fault } from '../python/faults.ts';
import { PyError } from '../python/faults.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { Node } from '../python/syntax.ts';
import type { ClassValue, FunctionValue, Value } from '../python/values.ts';
import type { Recorder } from './recorder.ts';
import { argumentsFor, forgetPlaceholders, takesMore } from './symbolic-values.ts';

type MethodCall = (interp: Interpreter, cls: ClassValue, fn: FunctionValue, self: Value, base: boolean) => void;

/** What a constructor raises to refuse its arguments. */
const REFUSALS: ReadonlySet<string> = new Set(['ValueError', 'AssertionError', 'RuntimeError']);

/** Tries a class's constructor, then its `forward`. */
export function classDefaults(
  recorder: Recorder,
  interp: Interpreter,
  cls: ClassValue,
  init: FunctionValue,
  base: boolean,
  callMethod: MethodCall,
): void {
  const self = interp.object(cls);
  if (base) presumeMore(self);
  const stated = statedDefaults(interp, init);
  const raised = trial(recorder, interp, { file: init.file, node: cls.node ?? init.node }, stated, () => {
    const kwargs = argumentsFor(interp, init, 1, stated);
    callFunction(interp, init, { args: [self], kwargs, open: takesMore(init) }, undefined);
    forgetPlaceholders(interp, self);
    const forward = cls.attrs.get('forward');
    if (forward?.kind === 'function') callMethod(interp, cls, forward, self, base);
  });
  if (raised !== undefined) report(recorder, cls.name, init, raised);
}

/** Tries a function, then what it makes. */
export function functionDefaults(
  recorder: Recorder,
  interp: Interpreter,
  fn: FunctionValue,
  callMade: (interp: Interpreter, made: Value) => void,
): void {
  const stated = statedDefaults(interp, fn);
  const raised = trial(recorder, interp, fn, stated, () => {
    const kwargs = argumentsFor(interp, fn, 0, stated);
    callMade(interp, callFunction(interp, fn, { args: [], kwargs, open: takesMore(fn) }, undefined));
  });
  if (raised !== undefined) report(recorder, fn.name, fn, raised);
}

/** Whether two defaults at least are numbers or flags. */
export function isStated(interp: Interpreter, fn: FunctionValue): boolean {
  return statedDefaults(interp, fn).size >= 2;
}

/** The defaults that say which sizes and layers there are. */
function statedDefaults(interp: Interpreter, fn: FunctionValue): ReadonlyMap<string, Value> {
  const stated = new Map<string, Value>();
  for (const [name, value] of fn.defaults) if (isPlain(interp, value)) stated.set(name, value);
  return stated;
}

function isPlain(interp: Interpreter, given: Value): boolean {
  const value = interp.resolve(given);
  if (value.kind === 'int' || value.kind === 'bool' || value.kind === 'float' || value.kind === 'str') return true;
  if (value.kind !== 'tuple' && value.kind !== 'list') return false;
  const content = interp.content(value);
  // An empty one stands for what the caller is to give.
  return (
    content !== undefined && content.rest === undefined && content.items.length > 0 && content.items.every((item) => isPlain(interp, item))
  );
}

interface Raised {
  readonly text: string;
  readonly origin: Origin | undefined;
}

/** The class or function whose defaults are tried. */
interface Tried {
  readonly file: string;
  readonly node: Node;
}

const isWithin = (at: Tried, { file, node }: Tried): boolean => at.file === file && at.node.start >= node.start && at.node.end <= node.end;

/** Whether the text of a refusal gives at least two of the numbers: it is they that do not go together. */
function givesNumbers(stated: ReadonlyMap<string, Value>, text: string): boolean {
  const given = new Set(text.match(/\d+/g));
  const numbers = new Set([...stated.values()].flatMap((value) => (value.kind === 'int' ? [spell(value.dim)] : [])));
  return [...numbers].filter((number) => given.has(number)).length >= 2;
}

/** The first thing that raises and is not known to raise anyway. What the tried code itself refuses is meant: other arguments are to be given. */
function trial(
  recorder: Recorder,
  interp: Interpreter,
  tried: Tried,
  stated: ReadonlyMap<string, Value>,
  action: () => void,
): Raised | undefined {
  let found: Raised | undefined;
  let over = false;
  recorder.filter = (fault, node, file) => {
    if (over || recorder.isError(fault)) {
      if (!over) {
        over = true;
        if (!recorder.knows(node))
          found = { text: fault.message, origin: { what: 'raised here', place: { file, start: node.start, end: node.end } } };
      }
    }
    return false;
  };
  try {
    action();
  } catch (error) {
    if (!(error instanceof PyError)) throw error;
    const at = error.stack_.at(-1);
    if (
      !over &&
      at !== undefined &&
      REFUSALS.has(error.exception) &&
      interp.path.length === 0 &&
      !isWithin(at, tried) &&
      givesNumbers(stated, error.text)
    ) {
      const text = `${error.exception}: ${error.text}`;
      found = { text, origin: { what: 'raised here', place: { file: at.file, start: at.node.start, end: at.node.end } } };
    }
  } finally {
    recorder.filter = undefined;
  }
  return found;
}

function report(recorder: Recorder, name: string, init: FunctionValue, { text, origin }: Raised): void {
  const fault: Fault = {
    code: 'default-arguments-conflict',
    severity: 'warning',
    exception: '',
    message: `\`${name}\` raises with its own default arguments: ${text}`,
    text: undefined,
    origins: [origin],
  };
  recorder.add(fault, init.node);
}
