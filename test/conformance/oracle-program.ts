/**
 * Turns a case of the oracle table (an operation, its arguments, what PyTorch said) into a few lines of Python whose
 * result is `y`, and spells the shape of what PyTorch returned.
 */

export type Encoded = null | boolean | number | string | readonly Encoded[] | { readonly [key: string]: Encoded };

export interface Call {
  readonly args?: readonly Encoded[];
  readonly kwargs?: Readonly<Record<string, Encoded>>;
}

export interface ShapeCase {
  readonly id: string;
  readonly op: string;
  readonly kind: 'module' | 'function' | 'method';
  readonly ctor?: Call;
  readonly self?: Encoded;
  readonly call?: Call;
  readonly eval?: true;
  readonly ok: boolean;
  readonly out?: Encoded;
  readonly exc?: string;
  readonly message?: string;
  readonly suspect?: readonly string[];
}

/** What a case cannot be written as. */
export class NotExpressible extends Error {}

type Fields = { readonly [key: string]: Encoded };

function isFields(v: Encoded): v is Fields {
  return typeof v === 'object' && v !== null && !Array.isArray(v);
}

function number(x: number): string {
  return String(x);
}

function text(s: string): string {
  return `'${s.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
}

/** An encoded value as a Python expression. */
export function python(v: Encoded): string {
  if (v === null) return 'None';
  if (typeof v === 'boolean') return v ? 'True' : 'False';
  if (typeof v === 'number') return number(v);
  if (typeof v === 'string') return text(v);
  if (!isFields(v)) return `[${(v as readonly Encoded[]).map(python).join(', ')}]`;
  if ('tensor' in v) return tensor(v);
  if ('tuple' in v) return `(${(v.tuple as readonly Encoded[]).map((x) => `${python(x)}, `).join('')})`;
  if ('slice' in v) return `slice(${(v.slice as readonly Encoded[]).map(python).join(', ')})`;
  if ('ellipsis' in v) return '...';
  if ('float' in v) return `float(${text(v.float as string)})`;
  if ('complex' in v) return `complex(${(v.complex as readonly Encoded[]).map(python).join(', ')})`;
  if ('dtype_obj' in v) return `torch.${v.dtype_obj}`;
  if ('size' in v) return `torch.Size(${python(v.size as Encoded)})`;
  if ('packed' in v) {
    const p = v.packed as Fields;
    const sorted = p.sorted_indices ?? null;
    const tail = sorted === null ? '' : `, torch.tensor(${python(sorted)})`;
    return `nn.utils.rnn.PackedSequence(${python(p.data as Encoded)}, torch.tensor(${python(p.batch_sizes as Encoded)})${tail})`;
  }
  if ('module' in v) return `${v.module}(${callText(v.ctor as Call, python)})`;
  throw new NotExpressible(JSON.stringify(v).slice(0, 80));
}

function tensor(v: Fields): string {
  const shape = v.tensor as readonly number[];
  const dtype = `torch.${v.dtype}`;
  if (!('data' in v)) return `torch.zeros(${python(shape)}${v.dtype === 'float32' ? '' : `, dtype=${dtype}`})`;
  const data = v.data as Encoded;
  if (shape.length === 0) return `torch.tensor(${python(Array.isArray(data) ? (data[0] as Encoded) : data)}, dtype=${dtype})`;
  const made = `torch.tensor(${python(data)}, dtype=${dtype})`;
  const nested = Array.isArray(data) && Array.isArray(data[0]);
  return shape.length < 2 || nested ? made : `${made}.reshape(${python(shape)})`;
}

function callText(call: Call, bind: (v: Encoded) => string): string {
  const parts = (call.args ?? []).map(bind);
  for (const [name, v] of Object.entries(call.kwargs ?? {})) parts.push(`${name}=${bind(v)}`);
  return parts.join(', ');
}

const OPERATORS: Readonly<Record<string, string>> = {
  add: '+',
  sub: '-',
  mul: '*',
  truediv: '/',
  floordiv: '//',
  mod: '%',
  pow: '**',
  matmul: '@',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
  eq: '==',
  ne: '!=',
  and_: '&',
  or_: '|',
  xor: '^',
  lshift: '<<',
  rshift: '>>',
};
const PREFIXES: Readonly<Record<string, string>> = { neg: '-', invert: '~', inv: '~', pos: '+' };

/** The lines of a case; tensors get names of their own first. */
export function program(c: ShapeCase): readonly string[] {
  const lines: string[] = [];
  const bind = (v: Encoded): string => {
    if (!isFields(v) || !('tensor' in v || 'packed' in v)) return python(v);
    const name = `x${lines.length}`;
    lines.push(`${name} = ${python(v)}`);
    return name;
  };
  if (c.kind === 'module') {
    if (c.call === undefined) return [`y = ${c.op}(${callText(c.ctor as Call, python)})`];
    const made = `m = ${c.op}(${callText(c.ctor as Call, python)})${c.eval === true ? '.eval()' : ''}`;
    const args = callText(c.call, bind);
    return [made, ...lines, `y = m(${args})`];
  }
  const name = c.op.slice(c.op.indexOf('.') + 1);
  if (c.op.startsWith('operator.')) {
    const args = (c.call?.args ?? []).map(bind);
    const [a, b, d] = args;
    if (name === 'getitem') lines.push(`y = ${a}[${b}]`);
    else if (name === 'setitem') lines.push(`${a}[${b}] = ${d}`, `y = ${a}`);
    else if (name === 'abs') lines.push(`y = abs(${a})`);
    else if (PREFIXES[name] !== undefined) lines.push(`y = ${PREFIXES[name]}${a}`);
    else if (OPERATORS[name] !== undefined) lines.push(`y = ${a} ${OPERATORS[name]} ${b}`);
    else throw new NotExpressible(c.op);
    return lines;
  }
  if (c.kind === 'method' || c.op.startsWith('Tensor.')) {
    const self = bind(c.self ?? null);
    const args = c.call === undefined ? '' : `(${callText(c.call, bind)})`;
    return [...lines, `y = ${self}.${name}${args}`];
  }
  const args = callText(c.call as Call, bind);
  return [...lines, `y = ${c.op}(${args})`];
}

/** The shape spelling of what was returned; undefined where there is no tensor in it. */
export function spelling(v: Encoded | undefined): string | undefined {
  if (v === undefined || v === null || typeof v !== 'object') return undefined;
  let items: readonly Encoded[];
  let tuple = false;
  if (Array.isArray(v)) items = v as readonly Encoded[];
  else {
    const fields = v as Fields;
    if ('tensor' in fields) return `[${(fields.tensor as readonly number[]).join(', ')}]`;
    if ('packed' in fields) return `packed${spelling((fields.packed as Fields).data)}`;
    if (!('tuple' in fields)) return undefined;
    items = fields.tuple as readonly Encoded[];
    tuple = true;
  }
  const parts = items.map((x) => spelling(x));
  if (parts.length === 0 || parts.includes(undefined)) return undefined;
  return tuple ? `(${parts.join(', ')}${parts.length === 1 ? ',' : ''})` : `[${parts.join(', ')}]`;
}
