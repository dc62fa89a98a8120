/**
 * Faults in the annotations of a function themselves: strings of axes that jaxtyping refuses, and those that it accepts
 * and that say something else than was meant.
 */
import type { PyError } from '../python/faults.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { Expression } from '../python/syntax.ts';
import type { FunctionValue, Scope, Value } from '../python/values.ts';
import { ARGUMENT, spellAxis } from '../shapes/axis-string.ts';
import { namesIn } from '../shapes/pattern.ts';
import type { AnnotationPayload } from '../torch/annotation-types.ts';
import { evaluateForm, formOf, formOfText, holdsConstant } from './annotation-forms.ts';
import type { Declared } from './declared-types.ts';
import { declaredOf } from './declared-types.ts';

/** Reports what is wrong with a function's annotations where it is defined. */
export function definitionFaults(interp: Interpreter, fn: FunctionValue): void {
  if (fn.node.kind !== 'FunctionDef') return;
  const lazy = interp.modules.hasLazyAnnotations(fn.file);
  const bound = new Set<string>();
  const seen = (annotation: Expression | undefined): void => {
    if (annotation === undefined || !holdsConstant(annotation)) return;
    annotationFaults(interp, annotation, fn.scope, lazy, bound);
  };
  for (const p of fn.node.params.items) seen(p.annotation);
  seen(fn.node.returns);
}

/** `bound` are the names that stand for a size by now; those of this annotation are added. */
export function annotationFaults(interp: Interpreter, annotation: Expression, scope: Scope, lazy: boolean, bound: Set<string>): void {
  const text = annotation.kind === 'Constant' && annotation.type === 'str' ? String(annotation.value) : undefined;
  const form = text === undefined ? formOf(annotation) : formOfText(text);
  if (form === undefined) return;
  const { value, error } = evaluateForm(interp, form, scope);
  if (error !== undefined) refused(interp, error, annotation, text !== undefined || lazy);
  else hardlyMeant(interp, value, annotation, scope, bound);
}

/** What raises where the annotation is evaluated; one in a string may never be. */
function refused(interp: Interpreter, error: PyError, node: Expression, unevaluated: boolean): void {
  if (error.fault?.code !== 'annotation-axes') return;
  interp.warn({ ...error.fault, severity: unevaluated ? 'warning' : 'error' }, node);
}

function hardlyMeant(interp: Interpreter, value: Value, node: Expression, scope: Scope, bound: Set<string>): void {
  for (const annotation of tensorsIn(declaredOf(interp, value, scope))) {
    for (const trap of annotation.traps) warn(interp, 'annotation-trap', trap, node);
    for (const axis of annotation.axes) {
      if ((axis.kind === 'name' || axis.kind === 'run') && axis.varies) {
        warn(interp, 'annotation-trap', `\`${spellAxis(axis)}\` may differ over a PyTree, and stands in none: who checks it raises`, node);
      }
      if (axis.kind === 'symbolic' && axis.value !== undefined) {
        const missing = namesIn(axis.value).find((name) => !name.startsWith(ARGUMENT) && !name.includes('.') && !bound.has(name));
        if (missing !== undefined) {
          warn(interp, 'annotation-trap', `\`${axis.text}\` stands before any axis that says what \`${missing}\` is`, node);
        }
      } else if (axis.kind === 'name') bound.add(axis.name);
    }
  }
}

function tensorsIn(declared: Declared | undefined): readonly AnnotationPayload[] {
  switch (declared?.kind) {
    case 'tensor':
      return [declared.annotation];
    case 'tuple':
      return declared.items.flatMap((item) => tensorsIn(item));
    case 'each':
      return tensorsIn(declared.item);
    case 'union':
      return declared.of.flatMap((item) => tensorsIn(item));
    default:
      return [];
  }
}

function warn(interp: Interpreter, code: string, message: string, node: Expression): void {
  interp.warn({ code, message, exception: 'Warning', text: undefined, origins: [], severity: 'warning' }, node);
}
