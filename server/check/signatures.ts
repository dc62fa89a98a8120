/**
 * Inferred signatures: what shapes went into and came out of each function and method, in the shape notation.
 */
import type { FunctionDef } from '../python/syntax.ts';
import type { Recorder } from './recorder.ts';
import type { Signature } from './report.ts';
import { textOf } from './spelled.ts';

export function signaturesOf(recorder: Recorder): readonly Signature[] {
  const found: Signature[] = [];
  const classOfMethod = new Map<unknown, string>();
  for (const [node, cls] of recorder.classes) {
    if (node.kind !== 'ClassDef') continue;
    for (const [, value] of cls.attrs.entries()) if (value.kind === 'function') classOfMethod.set(value.node, cls.name);
    const forward = [...cls.attrs.entries()].find(
      ([name, value]) => (name === 'forward' || name === '__call__') && value.kind === 'function',
    )?.[1];
    const text = forward?.kind === 'function' ? signatureText(recorder, forward.node as FunctionDef, true) : undefined;
    found.push({
      start: node.start,
      end: node.end,
      name: node.name,
      nameStart: node.nameStart,
      kind: 'class',
      qualifiedName: cls.qualifiedName,
      text: text ?? '',
      runnable: forward !== undefined,
    });
  }
  for (const [node, fn] of recorder.functions) {
    if (node.kind !== 'FunctionDef') continue;
    const method = classOfMethod.has(node);
    const text = signatureText(recorder, node, method);
    found.push({
      start: node.start,
      end: node.end,
      name: node.name,
      nameStart: node.nameStart,
      kind: method ? 'method' : 'function',
      qualifiedName: fn.qualifiedName,
      text: text ?? '',
      runnable: text !== undefined,
    });
  }
  return found.sort((a, b) => a.start - b.start);
}

/** `[B, T] -> [B, T, 2*hidden_size]`; undefined where no tensor goes in or comes out. */
function signatureText(recorder: Recorder, node: FunctionDef, method: boolean): string | undefined {
  const call = recorder.calls.get(node);
  if (call === undefined) return undefined;
  const inputs: string[] = [];
  let i = 0;
  for (const [, spelled] of call.args) {
    if (method && i++ === 0) continue;
    if (spelled !== undefined) inputs.push(textOf(spelled));
  }
  if (inputs.length === 0 && call.result === undefined) return undefined;
  return `${inputs.length === 0 ? '()' : inputs.join(', ')} -> ${call.result === undefined ? '?' : textOf(call.result)}`;
}
