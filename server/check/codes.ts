/**
 * Every diagnostic code in one list: the library's, and those of Python itself that are worth a report in model code.
 */
import { type Code, CODES as LIBRARY_CODES } from '../torch/codes.ts';

const error = (code: string, title: string, summary: string): Code => ({ code, severity: 'error', title, summary });

const warning = (code: string, title: string, summary: string): Code => ({ code, severity: 'warning', title, summary });

const PYTHON_CODES: readonly Code[] = [
  error('syntax-error', 'Syntax error', 'A statement cannot be read; the others are checked.'),
  error('undefined-name', 'Undefined name', 'A name is used that nothing in the file binds.'),
  error('undefined-attribute', 'Undefined attribute', 'An object has no attribute of this name.'),
  error('unexpected-keyword', 'Unexpected keyword argument', 'A function is called with a keyword that it does not take.'),
  error('unpack-mismatch', 'Wrong number of values to unpack', 'A tuple is unpacked into more or fewer names than it has items.'),
  error('index-out-of-range', 'Index out of range', 'A list or tuple is indexed beyond its end.'),
  error('index-type', 'Wrong kind of index', 'A sequence is indexed with something that is no integer.'),
  error('not-callable', 'Not callable', 'Something is called that is no function, class or module.'),
  error('not-iterable', 'Not iterable', 'Something is looped over or unpacked that holds no items.'),
  error('not-subscriptable', 'Not subscriptable', 'Something is indexed that holds no items.'),
  error('missing-key', 'Missing key', 'A dictionary is asked for a key that it does not have.'),
  error('unsupported-operand', 'Unsupported operand', 'An operator does not take operands of these types.'),
  warning(
    'default-arguments-conflict',
    'Defaults that do not go together',
    'A class raises when it is called with the default arguments that it states itself.',
  ),
  error('assertion-fails', 'Assertion cannot hold', 'An `assert` about a shape is false whenever it is reached.'),
];

/** What the text of a program says of its shapes. */
const DECLARATION_CODES: readonly Code[] = [
  error(
    'annotation-axes',
    'Axes of an annotation',
    'jaxtyping does not take the string of axes; it raises where the annotation is evaluated.',
  ),
  warning('annotation-trap', 'Axes hardly meant so', 'jaxtyping takes the string of axes and reads it in another way than it looks.'),
  warning('declared-shape-mismatch', 'Declared shape', 'A shape is not what an annotation or a comment declares.'),
  warning('declared-dtype-mismatch', 'Declared dtype', 'A dtype is not one of those that an annotation declares.'),
];

export const ALL_CODES: readonly Code[] = dedupe([...PYTHON_CODES, ...LIBRARY_CODES, ...DECLARATION_CODES]);

function dedupe(codes: readonly Code[]): readonly Code[] {
  const seen = new Set<string>();
  return codes.filter((c) => !seen.has(c.code) && seen.add(c.code) !== undefined);
}

const BY_CODE: ReadonlyMap<string, Code> = new Map(ALL_CODES.map((c) => [c.code, c]));

export function codeEntry(code: string): Code | undefined {
  return BY_CODE.get(code);
}
