/**
 * What a sample run shows: each assigned or returned tensor of the file with its shape, first numbers, mean and spread,
 * beside the shape that was inferred.
 */
import type { Recorder } from '../check/recorder.ts';
import { type Spelled, spelledOf, textOf } from '../check/spelled.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { Observer } from '../python/library.ts';
import type { LineIndex } from '../python/line-index.ts';
import type { Node, SourceFile } from '../python/syntax.ts';
import type { Value } from '../python/values.ts';
import { walkAll } from '../python/visit.ts';
import { payloadOf, type TensorPayload } from '../torch/tensor.ts';

export interface SampleStep {
  readonly line: number;
  /** The source of the statement's target or result. */
  readonly text: string;
  readonly shape: string;
  /** What the checker says; `null` where it says nothing. */
  readonly inferred: string | null;
  /** Whether the sampled shape is one that the inferred one allows; `null` where nothing was inferred. */
  readonly agrees: boolean | null;
  readonly dtype: string | null;
  readonly first: readonly number[];
  readonly mean: number | null;
  readonly spread: number | null;
  /** Norms of the gradient with respect to each time step, last first. */
  readonly gradient?: readonly number[];
}

const SHOWN = 4;
const MOST = 400;

export class StepObserver implements Observer {
  readonly steps: SampleStep[] = [];
  /** Tensors by step, for what is computed after the run. */
  readonly tensors: (TensorPayload | undefined)[] = [];
  output = '';
  private readonly source: SourceFile;
  private readonly lines: LineIndex;
  private readonly watched = new Map<Node, { text: string }>();
  private readonly seen = new Map<Node, number>();
  private interp: Interpreter | undefined;
  private recorder: Recorder | undefined;
  private sizes: (text: string) => number | undefined = () => undefined;
  /** While false nothing is recorded: the module is being loaded. */
  recording = true;

  constructor(source: SourceFile, lines: LineIndex) {
    this.source = source;
    this.lines = lines;
    const target = (node: Node, text: string): void => {
      if (node.kind === 'Name' || node.kind === 'Attribute') this.watched.set(node, { text });
      else if (node.kind === 'Tuple' || node.kind === 'List') for (const item of node.items) target(item, textOfNode(source, item));
      else if (node.kind === 'Starred') target(node.value, text);
    };
    walkAll(source.body, (node) => {
      if (node.kind === 'Assign') for (const t of node.targets) target(t, textOfNode(source, node));
      else if ((node.kind === 'AnnotatedAssign' || node.kind === 'AugmentedAssign') && node.value !== undefined)
        target(node.target, textOfNode(source, node));
      else if (node.kind === 'Return' && node.value !== undefined) this.watched.set(node.value, { text: textOfNode(source, node) });
    });
  }

  attach(interp: Interpreter, recorder: Recorder | undefined, sizes: (text: string) => number | undefined): void {
    this.interp = interp;
    this.recorder = recorder;
    this.sizes = sizes;
  }

  value(node: Node, value: Value, file: string): void {
    if (!this.recording || file !== this.source.file || this.steps.length >= MOST) return;
    const watched = this.watched.get(node);
    if (watched === undefined || this.interp === undefined) return;
    const spelled = spelledOf(this.interp, value);
    if (spelled === undefined) return;
    const times = this.seen.get(node) ?? 0;
    this.seen.set(node, times + 1);
    if (times > 0) return;
    const inferred = this.recorder?.shapes.get(node);
    const tensor = payloadOf(this.interp.resolve(value));
    const numbers = tensor?.values === undefined ? [] : statistics(tensor);
    this.tensors.push(tensor);
    this.steps.push({
      line: this.lines.position(node.start).line,
      text: watched.text,
      shape: textOf(spelled),
      inferred: inferred === undefined ? null : textOf(inferred),
      agrees: inferred === undefined ? null : allows(inferred, spelled, this.sizes),
      dtype: spelled.kind === 'tensor' ? spelled.dtype : null,
      ...(numbers.length === 0
        ? { first: [], mean: null, spread: null }
        : { first: numbers.slice(2, 2 + SHOWN), mean: numbers[0] as number, spread: numbers[1] as number }),
    });
  }

  fault(): void {}

  write(text: string): void {
    if (this.output.length < 100_000) this.output += text;
  }
}

function textOfNode(source: SourceFile, node: Node): string {
  const text = source.text.slice(node.start, node.end);
  const line = text.split('\n')[0] as string;
  return line.length < text.length ? `${line} …` : line;
}

/** Mean, standard deviation, then the first numbers. */
function statistics(tensor: TensorPayload): number[] {
  const values = tensor.values;
  if (values === undefined || values.dtype.startsWith('complex')) return [];
  const flat = values.toFlat();
  if (flat.length === 0) return [];
  let sum = 0;
  for (const x of flat) sum += x;
  const mean = sum / flat.length;
  let squares = 0;
  for (const x of flat) squares += (x - mean) ** 2;
  return [mean, Math.sqrt(squares / flat.length), ...flat.slice(0, SHOWN)];
}

/** Whether an inferred shape, with sizes put in, allows the sampled one. Sizes that say nothing allow anything. */
export function allows(inferred: Spelled, sampled: Spelled, sizes: (text: string) => number | undefined): boolean {
  if (inferred.kind === 'other' || sampled.kind === 'other') return true;
  if (inferred.kind === 'packed' && sampled.kind === 'packed') return allows(inferred.data, sampled.data, sizes);
  if (inferred.kind === 'tensor' && sampled.kind === 'tensor') {
    const star = inferred.sizes.indexOf('*');
    const fits = (text: string, size: string | undefined): boolean => {
      const n = text === '?' ? undefined : sizes(text);
      return n === undefined || String(n) === size;
    };
    if (star < 0) return inferred.sizes.length === sampled.sizes.length && inferred.sizes.every((text, i) => fits(text, sampled.sizes[i]));
    const after = inferred.sizes.slice(star + 1);
    return (
      sampled.sizes.length >= inferred.sizes.length - 1 &&
      inferred.sizes.slice(0, star).every((text, i) => fits(text, sampled.sizes[i])) &&
      after.every((text, i) => fits(text, sampled.sizes[sampled.sizes.length - after.length + i]))
    );
  }
  if ((inferred.kind === 'tuple' && sampled.kind === 'tuple') || (inferred.kind === 'list' && sampled.kind === 'list')) {
    if (inferred.open) return true;
    return (
      inferred.items.length === sampled.items.length && inferred.items.every((item, i) => allows(item, sampled.items[i] as Spelled, sizes))
    );
  }
  return false;
}
