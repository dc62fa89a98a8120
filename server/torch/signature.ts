/**
 * Signatures of operations, parsed from strings. Two styles, because the errors of a wrong call differ:
 *   `def embedding(input, weight, padding_idx=None)`         a function written in Python
 *   `cumsum(Tensor input, int dim, *, torch.dtype dtype = None)`   a native one, in the spelling its own messages use
 * Owns the parsed form only; binding arguments to it stands in `binding.ts`.
 */

/** The types a native signature can name. `Tensor|Number` takes plain numbers too; `tuple of ints[1]` takes one int. */
export type TypeName =
  | 'Tensor'
  | 'Number'
  | 'int'
  | 'float'
  | 'complex'
  | 'bool'
  | 'str'
  | 'tuple of ints'
  | 'tuple of floats'
  | 'tuple of Tensors'
  | 'tuple of Scalars'
  | 'tuple of names'
  | 'name'
  | 'torch.dtype'
  | 'torch.layout'
  | 'torch.device'
  | 'torch.memory_format'
  | 'torch.Generator'
  | 'torch.Storage'
  | 'object';

export interface ParameterSpec {
  readonly name: string;
  /** Undefined in a Python signature. */
  readonly type: TypeName | undefined;
  /** A plain number may stand for the tensor. */
  readonly numbers: boolean;
  /** How many times a single int given for a tuple is repeated; 0 where a single int is not taken. */
  readonly repeat: number;
  readonly nullable: boolean;
  /** The default as it is spelled. */
  readonly default: string | undefined;
  readonly keywordOnly: boolean;
  /** `*args` or `**kwargs`. */
  readonly star: 0 | 1 | 2;
}

export interface Signature {
  readonly style: 'python' | 'native';
  /** As error messages say it: `linear`, `LSTM.forward`. */
  readonly name: string;
  readonly params: readonly ParameterSpec[];
  /** The parenthesised list as messages print it. */
  readonly text: string;
  /** How many arguments may be given by position. */
  readonly positional: number;
  /** How many parameters have no default. */
  readonly required: number;
  /** Still taken, but no message names it: the spelling starts with `deprecated `. */
  readonly deprecated: boolean;
}

const cache = new Map<string, Signature>();

/** Parses a signature; each distinct string once. Throws on a malformed one, which is a mistake in this program. */
export function parseSignature(source: string): Signature {
  let parsed = cache.get(source);
  if (parsed === undefined) cache.set(source, (parsed = parse(source)));
  return parsed;
}

function parse(spelled: string): Signature {
  const deprecated = spelled.startsWith('deprecated ');
  const source = deprecated ? spelled.slice('deprecated '.length) : spelled;
  const python = source.startsWith('def ');
  const head = /^(?:def )?([\w.]*)\((.*)\)$/s.exec(source);
  if (head === null) throw new Error(`malformed signature: ${source}`);
  const params: ParameterSpec[] = [];
  const printed: string[] = [];
  let keywordOnly = false;
  for (const piece of splitTop(head[2] as string)) {
    if (piece === '*') {
      keywordOnly = true;
      printed.push('*');
      continue;
    }
    const param = python ? parsePython(piece, keywordOnly) : parseNative(piece, keywordOnly);
    if (param === undefined) throw new Error(`malformed parameter '${piece}' in: ${source}`);
    if (param.star === 1) keywordOnly = true;
    params.push(param);
    printed.push(python ? piece : piece.replace(/\?|\[\d\]|\|Number/g, ''));
  }
  return {
    style: python ? 'python' : 'native',
    name: head[1] as string,
    params,
    text: `(${printed.join(', ')})`,
    positional: params.filter((p) => !p.keywordOnly && p.star === 0).length,
    required: params.filter((p) => p.default === undefined && p.star === 0).length,
    deprecated,
  };
}

function parsePython(piece: string, keywordOnly: boolean): ParameterSpec | undefined {
  const m = /^(\*{0,2})(\w+)(?:\s*=\s*(.+))?$/s.exec(piece);
  if (m === null) return undefined;
  const star = (m[1] as string).length as 0 | 1 | 2;
  return {
    name: m[2] as string,
    type: undefined,
    numbers: true,
    repeat: 0,
    nullable: true,
    default: m[3],
    keywordOnly: keywordOnly && star === 0,
    star,
  };
}

function parseNative(piece: string, keywordOnly: boolean): ParameterSpec | undefined {
  const m = /^([\w.| ]+?)(\[\d\])?(\?)? (\w+)(?: = (.+))?$/s.exec(piece);
  if (m === null) return undefined;
  const spelled = m[1] as string;
  return {
    name: m[4] as string,
    type: spelled.replace('|Number', '') as TypeName,
    numbers: spelled.endsWith('|Number'),
    repeat: m[2] === undefined ? 0 : Number((m[2] as string)[1]),
    nullable: m[3] !== undefined || m[5] === 'None',
    default: m[5],
    keywordOnly,
    star: 0,
  };
}

/** Splits at commas that are not inside brackets or quotes. */
function splitTop(text: string): string[] {
  const out: string[] = [];
  let depth = 0;
  let quote = '';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (quote !== '') {
      if (c === quote) quote = '';
    } else if (c === "'" || c === '"') quote = c;
    else if (c === '(' || c === '[') depth++;
    else if (c === ')' || c === ']') depth--;
    else if (c === ',' && depth === 0) {
      out.push(text.slice(from, i).trim());
      from = i + 1;
    }
  }
  const last = text.slice(from).trim();
  if (last !== '') out.push(last);
  return out;
}

/** The signature without its first parameter: a function's form as a method. */
export function asMethod(signature: Signature): Signature {
  const [first, ...params] = signature.params;
  if (first === undefined) throw new Error(`no first parameter: ${signature.name}`);
  const text = signature.text.replace(/^\([^,)]*(, )?/, '(');
  return {
    ...signature,
    params,
    text,
    positional: signature.positional - (first.keywordOnly ? 0 : 1),
    required: signature.required - (first.default === undefined ? 1 : 0),
  };
}
