/**
 * torch.save and torch.load in a run: what is saved stays in memory, in the buffer that was given or under the path, as a copy.
 * Nothing is written to or read from a disk.
 */
import { CannotRun } from '../python/faults.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { deepCopy } from '../python/stdlib/copy.ts';
import { Buffer } from '../python/stdlib/io.ts';
import { held } from '../python/stdlib/module.ts';
import type { ModuleValue, NativeCall, Value } from '../python/values.ts';
import { bindPython } from './binding.ts';
import { parseSignature } from './signature.ts';

const SAVE = parseSignature(
  'def save(obj, f, pickle_module=None, pickle_protocol=2, _use_new_zipfile_serialization=True, _disable_byteorder_record=False)',
);
const LOAD = parseSignature('def load(f, map_location=None, pickle_module=None, *, weights_only=None, mmap=None, **pickle_load_args)');

/** A path as text; undefined for what is no path. */
function pathOf(interp: Interpreter, value: Value): string | undefined {
  const v = interp.resolve(value);
  if (v.kind === 'str') return v.value;
  return v.kind === 'object' && !v.cls.open && interp.callMethod(v, '__fspath__', []) !== undefined
    ? interp.asString(interp.callMethod(v, '__str__', []) ?? interp.none)
    : undefined;
}

export function installSaving(interp: Interpreter, torch: ModuleValue): void {
  const files = new Map<string, Value>();
  const bound = (signature: typeof SAVE, call: NativeCall): ReadonlyMap<string, Value> =>
    bindPython(interp, signature, call.args, call.kwargs).values;
  torch.attrs.set(
    'save',
    interp.native('save', (call) => {
      const values = bound(SAVE, call);
      const to = values.get('f') ?? interp.none;
      const copy = deepCopy(interp, values.get('obj') ?? interp.none);
      const buffer = held(interp, to, Buffer);
      const path = pathOf(interp, to);
      if (buffer !== undefined) buffer.fill(copy);
      else if (path !== undefined) files.set(path, copy);
      else throw new CannotRun('`torch.save` to anything but a buffer or a path is not supported', call.node);
      return interp.none;
    }),
  );
  torch.attrs.set(
    'load',
    interp.native('load', (call) => {
      const from = bound(LOAD, call).get('f') ?? interp.none;
      const buffer = held(interp, from, Buffer);
      if (buffer !== undefined && buffer.content !== undefined && buffer.position > 0)
        interp.raise('RuntimeError', 'PytorchStreamReader failed reading zip archive: failed finding central directory');
      const path = pathOf(interp, from);
      const content = buffer?.content ?? (path === undefined ? undefined : files.get(path));
      if (content === undefined) throw new CannotRun('`torch.load` of what this run did not save is not supported', call.node);
      return deepCopy(interp, content);
    }),
  );
}
