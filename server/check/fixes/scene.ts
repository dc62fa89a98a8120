/**
 * What a proposer of a quick fix sees: the program's text and tree, the fault's node and sizes, the shapes that were inferred;
 * and the edits that proposals are made of.
 */
import type { Dim } from '../../dims/dim.ts';
import type { Place } from '../../dims/origin.ts';
import type { Argument, Assign, Call, Expression, FunctionDef, Node, SourceFile } from '../../python/syntax.ts';
import { walkAll } from '../../python/visit.ts';
import type { Edit, Fix } from '../report.ts';
import type { Spelled } from '../spelled.ts';

export interface Scene {
  readonly source: SourceFile;
  readonly code: string;
  readonly node: Node;
  /** What a size is and what it would have to be. */
  readonly sizes: { readonly got: Dim; readonly wanted: Dim } | undefined;
  readonly shapes: ReadonlyMap<Node, Spelled>;
}

/**
 * Edits that may mend faults of some codes, the likeliest first. A proposal need not be right: it is shown only where the
 * edited program checks clean of the fault and has no other.
 */
export interface Proposer {
  readonly codes: readonly string[];
  /** Nothing but what the fault says changes, so that other faults which show up after it do not speak against the edit. */
  readonly sure?: boolean;
  readonly propose: (scene: Scene) => readonly Fix[];
}

export function textOf({ source }: Scene, span: { readonly start: number; readonly end: number }): string {
  return source.text.slice(span.start, span.end);
}

export const insert = (at: number, text: string): Edit => ({ start: at, end: at, text });
export const replace = ({ start, end }: { readonly start: number; readonly end: number }, text: string): Edit => ({ start, end, text });

/** The operand in a form that `.method()` or an operator can follow. */
export function tight(scene: Scene, node: Expression): string {
  const text = textOf(scene, node);
  const whole =
    ['Name', 'Attribute', 'Call', 'Subscript', 'Tuple', 'List'].includes(node.kind) || (node.kind === 'Constant' && /^\d+$/.test(text));
  return whole || text.startsWith('(') ? text : `(${text})`;
}

/** Appends `.method()` to an expression. */
export function appended(scene: Scene, node: Expression, suffix: string): Edit {
  return replace(node, tight(scene, node) + suffix);
}

/** The argument of this name, or at this position among those without one; undefined where a `*` hides it. */
export function argumentOf(call: Call, name: string | undefined, position?: number): Argument | undefined {
  const named = name === undefined ? undefined : call.args.find((a) => a.name === name);
  if (named !== undefined || position === undefined || call.args.slice(0, position + 1).some((a) => a.star !== 0)) return named;
  const found = call.args[position];
  return found?.name === undefined ? found : undefined;
}

/** Adds `name=value` at the end of a call's arguments, or changes the value that is there. */
export function keyword(scene: Scene, call: Call, name: string, value: string): Edit {
  const given = argumentOf(call, name);
  if (given !== undefined) return replace(given.value, value);
  const last = call.args.at(-1);
  // Before a `**options` a keyword may stand as well as after it, and a last comma stays where it is.
  return last === undefined ? insert(call.end - 1, `${name}=${value}`) : insert(last.end, `, ${name}=${value}`);
}

/** Takes an argument out of a call together with the comma that parted it from the one before. */
export function without(call: Call, argument: Argument): Edit {
  const at = call.args.indexOf(argument);
  const before = call.args[at - 1];
  const after = call.args[at + 1];
  if (before !== undefined) return { start: before.end, end: argument.end, text: '' };
  return { start: argument.start, end: after === undefined ? argument.end : after.start, text: '' };
}

/** Exchanges two places of the text. */
export function exchanged(scene: Scene, a: Expression, b: Expression): readonly Edit[] {
  return [replace(a, textOf(scene, b)), replace(b, textOf(scene, a))];
}

/** The call that stands exactly at a place of this file. */
export function callAt({ source }: Scene, place: Place | undefined): Call | undefined {
  let found: Call | undefined;
  if (place?.file !== source.file) return undefined;
  walkAll(source.body, (node) => {
    if (node.start > place.start || node.end < place.end) return false;
    if (node.kind === 'Call' && node.start === place.start && node.end === place.end) found = node;
    return true;
  });
  return found;
}

/** The statements `target = …` in the order of the text. */
export function assignmentsTo(scene: Scene, target: string): readonly Assign[] {
  const found: Assign[] = [];
  walkAll(scene.source.body, (node) => {
    if (node.kind === 'Assign' && node.targets.length === 1 && textOf(scene, node.targets[0] as Expression) === target) found.push(node);
  });
  return found;
}

/** The one call that made what is called here: for `self.rnn(x)` the `nn.LSTM(…)` of `self.rnn = nn.LSTM(…)`. */
export function constructorOf(scene: Scene, call: Call): Call | undefined {
  if (call.func.kind === 'Call') return call.func;
  const made = assignmentsTo(scene, textOf(scene, call.func));
  return made.length === 1 && made[0]?.value.kind === 'Call' ? made[0].value : undefined;
}

/** The innermost function around a place. */
export function functionAround({ source }: Scene, { start, end }: Node): FunctionDef | undefined {
  let found: FunctionDef | undefined;
  walkAll(source.body, (node) => {
    if (node.start > start || node.end < end) return false;
    if (node.kind === 'FunctionDef') found = node;
    return true;
  });
  return found;
}

/** The sizes of what was inferred to be one tensor here, as they are spelled. */
export function sizesOf(scene: Scene, node: Node): readonly string[] | undefined {
  const spelled = scene.shapes.get(node);
  return spelled?.kind === 'tensor' && !spelled.sizes.includes('*') ? spelled.sizes : undefined;
}
