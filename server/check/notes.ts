/**
 * What a hover says of a function or module of the library: its name and its rule in the shape notation.
 */
import type { Interpreter } from '../python/interpreter.ts';
import type { Value } from '../python/values.ts';

export interface Note {
  /** `nn.LSTM(100, 64, batch_first=True)`, `torch.cat` */
  readonly title: string;
  /** `(*, in_features) -> (*, out_features)` */
  readonly rule: string;
  /** The documentation page's name. */
  readonly doc: string;
}

interface EntryLike {
  readonly names?: readonly string[];
  readonly name?: string;
  readonly shape?: string;
  readonly doc?: string;
}

export function entryNote(interp: Interpreter, value: Value): Note | undefined {
  const entry = entryOf(value);
  if (entry?.shape === undefined || entry.doc === undefined) return undefined;
  const name = entry.name ?? entry.names?.[0] ?? '';
  const title = value.kind === 'object' ? withArguments(interp, value, name) : name;
  return { title, rule: entry.shape, doc: entry.doc };
}

function entryOf(value: Value): EntryLike | undefined {
  switch (value.kind) {
    case 'native':
    case 'class':
      return value.entry as EntryLike | undefined;
    case 'method':
      return entryOf(value.func);
    case 'object':
      return value.cls.entry as EntryLike | undefined;
    default:
      return undefined;
  }
}

/** The constructor with the sizes that this module has, where its own text can be made. */
function withArguments(interp: Interpreter, value: Value, name: string): string {
  if (value.kind !== 'object' || value.cls.node !== undefined) return name;
  try {
    const text = interp.repr(value);
    if (text === undefined || text.includes('\n')) return name;
    return name.slice(0, name.lastIndexOf('.') + 1) + text;
  } catch {
    return name;
  }
}
