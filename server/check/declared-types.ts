/**
 * What an annotation declares of a value: tensors with their axes, tuples and lists of them, what may be absent.
 */
import type { Interpreter } from '../python/interpreter.ts';
import type { Scope, Value } from '../python/values.ts';
import { parseAxes } from '../shapes/axis-string.ts';
import type { AnnotationPayload } from '../torch/annotation-types.ts';
import { annotationOf, axesAnnotation } from '../torch/annotation-types.ts';
import { stateOf } from '../torch/state.ts';
import { evaluateForm, formOfText } from './annotation-forms.ts';

export type Declared =
  | { readonly kind: 'tensor'; readonly annotation: AnnotationPayload }
  | { readonly kind: 'tuple'; readonly items: readonly (Declared | undefined)[] }
  /** A list, or a tuple of any length. */
  | { readonly kind: 'each'; readonly item: Declared }
  /** One of these, or None, or any other value. */
  | { readonly kind: 'union'; readonly of: readonly Declared[]; readonly others: 'nothing' | 'none' | 'values' };

const DEPTH = 6;

/** Undefined where the annotation speaks of no axes. */
export function declaredOf(interp: Interpreter, value: Value, scope: Scope, depth = 0): Declared | undefined {
  const v = interp.resolve(value);
  if (depth > DEPTH) return undefined;
  const inner = (of: Value): Declared | undefined => declaredOf(interp, of, scope, depth + 1);
  const own = annotationOf(v);
  if (own !== undefined) return own.array === 'tensor' ? { kind: 'tensor', annotation: own } : undefined;
  if (v.kind === 'str') {
    const form = v.value === undefined ? undefined : formOfText(v.value);
    if (form === undefined || form.kind === 'text') return undefined;
    return inner(evaluateForm(interp, form, scope).value);
  }
  if (v.kind !== 'object') return undefined;
  if (v.cls.name === 'TypeVar') return inner(v.attrs.get('__bound__') ?? interp.none);
  const name = interp.asString(v.attrs.get('_name') ?? interp.none) ?? (v.cls.name === 'UnionType' ? 'Union' : undefined);
  const args = interp.items(v.attrs.get('__args__') ?? interp.none) ?? [];
  const first = args[0];
  switch (name) {
    case 'Annotated':
      return annotated(interp, args) ?? (first === undefined ? undefined : inner(first));
    case 'Final':
    case 'ClassVar':
    case 'Required':
    case 'NotRequired':
      return first === undefined ? undefined : inner(first);
    case 'Optional':
    case 'Union': {
      const parts = args.map(inner);
      const of = parts.flatMap((part) => (part === undefined ? [] : part.kind === 'union' ? part.of : [part]));
      const isNone = (arg: Value): boolean => arg.kind === 'none' || (arg.kind === 'class' && arg.name === 'NoneType');
      const others = parts.map((part, i) =>
        part === undefined
          ? isNone(interp.resolve(args[i] as Value))
            ? 'none'
            : 'values'
          : part.kind === 'union'
            ? part.others
            : 'nothing',
      );
      if (name === 'Optional') others.push('none');
      const most = others.includes('values') ? 'values' : others.includes('none') ? 'none' : 'nothing';
      return of.length === 0 ? undefined : { kind: 'union', of, others: most };
    }
    case 'Tuple': {
      const last = args.length === 2 && args[1] !== undefined ? interp.resolve(args[1]) : undefined;
      if (last?.kind === 'ellipsis') {
        const item = first === undefined ? undefined : inner(first);
        return item === undefined ? undefined : { kind: 'each', item };
      }
      const items = args.map(inner);
      return items.some((item) => item !== undefined) ? { kind: 'tuple', items } : undefined;
    }
    case 'List':
    case 'Sequence': {
      const item = first === undefined ? undefined : inner(first);
      return item === undefined ? undefined : { kind: 'each', item };
    }
    default:
      return undefined;
  }
}

/** `Annotated[Tensor, "B T D"]`: a string of names and numbers beside a tensor. */
function annotated(interp: Interpreter, args: readonly Value[]): Declared | undefined {
  const [type, ...rest] = args.map((arg) => interp.resolve(arg));
  if (type?.kind !== 'class' || !type.mro.includes(stateOf(interp).classes.tensor)) return undefined;
  for (const note of rest) {
    if (note.kind !== 'str' || note.value === undefined) continue;
    const { axes, error, traps } = parseAxes(note.value);
    if (error !== undefined || traps.length > 0 || !note.value.split(/\s+/).every((word) => AXIS.test(word))) continue;
    // Several lower-case words are as likely a sentence.
    if (axes.length > 2 && axes.every((axis) => axis.kind === 'name' && axis.name.length > 6)) continue;
    if (axes.some((axis) => axis.kind === 'name' && WORDS.has(axis.name))) continue;
    return { kind: 'tensor', annotation: axesAnnotation(axes) };
  }
  return undefined;
}

/** Words of a sentence that name no axis. */
const WORDS: ReadonlySet<string> = new Set(
  'the an of for to in is as by with and or not on at from this that be are input tensor'.split(' '),
);

const AXIS = /^(?:\.\.\.|[#*?]?[A-Za-z_]\w*(?:[-+*/]\w+)*|\d+|\d+\*\w+)$/;
