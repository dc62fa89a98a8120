/**
 * `io`: buffers of text and bytes in memory. A buffer may hold one whole value in place of bytes, for libraries that keep values
 * in files.
 */
import { CannotRun } from '../faults.ts';
import type { Interpreter } from '../interpreter.ts';
import type { ModuleValue, Value } from '../values.ts';
import type { Entry } from './module.ts';
import { Holder, held, nativeClass, partialModule } from './module.ts';

export class Buffer {
  text: string;
  position = 0;
  /** What a library put here instead of bytes. */
  content: Value | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** Puts a value in; the place is behind it, as after writing. */
  fill(value: Value): void {
    this.content = value;
    this.position = 1;
  }
}

export function ioModule(interp: Interpreter): ModuleValue {
  const of = (v: Value | undefined): Buffer => held(interp, v, Buffer) ?? new Buffer('');
  const cut = (b: Buffer, end: number): Value => {
    const part = b.text.slice(b.position, end);
    b.position = Math.min(end, b.text.length);
    return interp.str(part);
  };
  const text = nativeClass(
    interp,
    'StringIO',
    '_io',
    [
      [
        'write(this, s, /)',
        (a) => {
          const b = of(a[0]);
          const s = interp.asString(a[1] as Value);
          if (s === undefined) throw new CannotRun('what is written is not known');
          b.text = b.text.slice(0, b.position) + s + b.text.slice(b.position + s.length);
          b.position += s.length;
          return interp.int(s.length);
        },
      ],
      ['getvalue(this, /)', (a) => interp.str(of(a[0]).text)],
      [
        'read(this, size=-1, /)',
        (a) => {
          const size = interp.asNumber(a[1] ?? interp.none) ?? -1;
          return cut(of(a[0]), size < 0 ? of(a[0]).text.length : of(a[0]).position + size);
        },
      ],
      [
        'readline(this, /)',
        (a) => {
          const end = of(a[0]).text.indexOf('\n', of(a[0]).position);
          return cut(of(a[0]), end < 0 ? of(a[0]).text.length : end + 1);
        },
      ],
      ...placeMethods(interp, of),
    ],
    {},
    (call, cls) => interp.object(cls, new Holder(new Buffer(interp.asString(call.args[0] ?? interp.none) ?? ''))),
  );
  const bytes = nativeClass(
    interp,
    'BytesIO',
    '_io',
    [
      ...['write', 'getvalue', 'read', 'getbuffer'].map(
        (name): Entry => [
          `${name}(this, *args)`,
          () => {
            throw new CannotRun(`\`BytesIO.${name}\` is not supported`);
          },
        ],
      ),
      ...placeMethods(interp, of),
    ],
    {},
    (call, cls) => {
      if (call.args.length > 0) throw new CannotRun('`BytesIO` of bytes is not supported', call.node);
      return interp.object(cls, new Holder(new Buffer('')));
    },
  );
  return partialModule(interp, 'io', [], { StringIO: text, BytesIO: bytes });
}

/** What every buffer does with its place. */
function placeMethods(interp: Interpreter, of: (v: Value | undefined) => Buffer): readonly Entry[] {
  return [
    [
      'seek(this, offset, whence=0, /)',
      (a) => {
        const b = of(a[0]);
        const from = [0, b.position, b.content === undefined ? b.text.length : 1][interp.asNumber(a[2] ?? interp.none) ?? 0] ?? 0;
        b.position = from + (interp.asNumber(a[1] ?? interp.none) ?? 0);
        return interp.int(b.position);
      },
    ],
    ['tell(this, /)', (a) => interp.int(of(a[0]).position)],
    ['flush(this, /)', () => interp.none],
    ['close(this, /)', () => interp.none],
    ['__enter__(this, /)', (a) => a[0] as Value],
    ['__exit__(this, *args)', () => interp.bool(false)],
  ];
}
