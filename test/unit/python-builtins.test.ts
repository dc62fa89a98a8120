/**
 * Builtin functions and methods, and the errors they raise.
 * What each program prints was recorded from CPython 3.11.
 */
import { test } from 'node:test';
import { prints } from './python-program.ts';

test('methods of str', () => {
  prints(
    String.raw`
print('a,b,,c'.split(','), ' a b  c '.split(), 'abc'.upper(), 'hello world'.title(), '-'.join(['a', 'b']), 'a-b-c'.rsplit('-', 1), 'a b c'.split(None, 1))
print('abc'.center(10, '*'), 'ab'.center(5, '*'), 'abc'.zfill(6), '-5'.zfill(4), 'a.b.c'.partition('.'), 'a.b.c'.rpartition('.'), 'abcabc'.replace('b', 'X', 1), 'abc'.find('c'), 'abc'.rfind('z'), 'ab\ncd\r\n'.splitlines(), 'aXbX'.count('X'))
print('Hello'.swapcase(), 'hello'.capitalize(), 'abc'.isalpha(), '12'.isdigit(), ''.isdigit(), 'aB'.islower(), ' \n'.isspace(), 'abc'.startswith(('x', 'a')), 'file.py'.endswith('.py'), 'xxabcxx'.strip('x'), 'abc'.removeprefix('a'), 'abc'.translate(str.maketrans('a', 'b')), 'a\tb'.expandtabs(4))
print('abc'[1], 'abc'[-1], 'abc'[::-1], 'b' in 'abc', 'abc' < 'abd', 'x' * 3, 'a' 'b', len('é😀'), list('ab'), max('hello'), sorted('hello'))
`,
    `
['a', 'b', '', 'c'] ['a', 'b', 'c'] ABC Hello World a-b ['a-b', 'c'] ['a', 'b c']
***abc**** **ab* 000abc -005 ('a', '.', 'b.c') ('a.b', '.', 'c') aXcabc 2 -1 ['ab', 'cd'] 2
hELLO Hello True True False False True True True abc bc bbc a   b
b c cba True True xxx ab 2 ['a', 'b'] o ['e', 'h', 'l', 'l', 'o']
`,
  );
});

test('methods of list', () => {
  prints(
    `
l = [3, 1, 2]
l.append(5); l.extend((7, 8)); l.insert(0, 9); print(l, l.pop(), l.pop(0), l)
l.sort(); print(l, sorted(l, reverse=True), l.index(3), l.count(3), l[::2], l[-1])
l.reverse(); l.remove(3); print(l, l.copy() is l, l == l.copy(), [1, 2] < [1, 3], [0] * 3, [1] + [2])
l[1:2] = [10, 11]; del l[0]; print(l); l.clear(); print(l)
words = ['bb', 'a', 'ccc', 'dd']; words.sort(key=len); print(words); words.sort(key=len, reverse=True); print(words)
m = [[0] * 2 for _ in range(2)]; m[0][1] = 5; print(m)
`,
    `
[3, 1, 2, 5, 7] 8 9 [3, 1, 2, 5, 7]
[1, 2, 3, 5, 7] [7, 5, 3, 2, 1] 2 1 [1, 3, 7] 7
[7, 5, 2, 1] False True True [0, 0, 0] [1, 2]
[10, 11, 2, 1]
[]
['a', 'bb', 'dd', 'ccc']
['ccc', 'bb', 'dd', 'a']
[[0, 5], [0, 0]]
`,
  );
});

test('methods of dict', () => {
  prints(
    `
d = {'a': 1, 'b': 2}
for k, v in d.items(): print(k, v)
print(list(d), list(d.keys()), list(d.values()), d.get('z'), d.get('z', 0), d.pop('a'), d.setdefault('q', []), d, 'b' in d, len(d))
d.update({'x': 1}, y=2); print(d, dict(d, z=3), {**d, 'w': 0}, d | {'v': 1}, dict([('a', 1)]), dict.fromkeys('ab', 0), {k: v for k, v in zip('ab', (1, 2))})
print(d.keys(), d.items(), list(reversed(d)), d.popitem(), d == dict(d), sorted(d.items(), key=lambda kv: str(kv[1])))
print({1: 'a', 1.0: 'b', True: 'c'}, {(1, 2): 3}[(1, 2)], d.keys() & {'b', 'x'} == {'b', 'x'})
`,
    `
a 1
b 2
['a', 'b'] ['a', 'b'] [1, 2] None 0 1 [] {'b': 2, 'q': []} True 2
{'b': 2, 'q': [], 'x': 1, 'y': 2} {'b': 2, 'q': [], 'x': 1, 'y': 2, 'z': 3} {'b': 2, 'q': [], 'x': 1, 'y': 2, 'w': 0} {'b': 2, 'q': [], 'x': 1, 'y': 2, 'v': 1} {'a': 1} {'a': 0, 'b': 0} {'a': 1, 'b': 2}
dict_keys(['b', 'q', 'x']) dict_items([('b', 2), ('q', []), ('x', 1)]) ['y', 'x', 'q', 'b'] ('y', 2) True [('x', 1), ('b', 2), ('q', [])]
{1: 'c'} 3 True
`,
  );
});

test('sets', () => {
  prints(
    `
s = {1, 2, 3}
s.add(4); s.discard(9); print(len(s), 2 in s, s & {2, 3, 9}, {1} | {2}, {1, 2} - {2}, {1, 2} ^ {2, 3}, {1} <= {1, 2}, {1, 2}.issubset({1, 2, 3}), {1}.isdisjoint({2}), frozenset([1]) == {1}, sorted({'b', 'a'}), set('aab') == {'a', 'b'})
`,
    `
4 True {2, 3} {1, 2} {1} {1, 3} True True True True ['a', 'b'] True
`,
  );
});

test('iteration', () => {
  prints(
    `
print(list(zip([1, 2, 3], 'abc')), list(enumerate('ab', 1)), list(map(lambda x, y: x * y, [1, 2], [3, 4])), list(filter(None, [0, 1, 2])), list(reversed([1, 2])), list(range(5, 0, -2)), range(10)[2:5], 3 in range(5))
it = iter([1, 2, 3]); print(next(it), list(it), next(it, 'end'))
def gen():
    x = yield 1
    print('got', x)
    yield from [2, 3]
    return 4
g = gen(); print(next(g), g.send('s'), list(g))
print(sum(x * x for x in range(4)), any(x > 2 for x in [1, 2]), all([]), [y for x in [[1], [2, 3]] for y in x if y != 2], {x % 2 for x in [1, 3]})
a, *b, c = [1, 2, 3, 4]; print(a, b, c)
`,
    `
[(1, 'a'), (2, 'b'), (3, 'c')] [(1, 'a'), (2, 'b')] [3, 8] [1, 2] [2, 1] [5, 3, 1] range(2, 5) True
1 [2, 3] end
got s
1 2 [3]
14 False True [1, 3] {1}
1 [2, 3] 4
`,
  );
});

test('numbers', () => {
  prints(
    String.raw`
print(sum([1, 2, 3]), sum([0.1] * 3), min(3, 1, 2), max([1, 5, 2]), max('a', 'bb', key=len), min([], default=0), abs(-3), abs(3 + 4j), divmod(7, -2), pow(2, 10), pow(3, 4, 5), 2 ** 100, 7 // 2, -7 // 2, 7 % -3, 7 / 2, 7.5 // 2, -7.5 % 2, 1e308 * 10)
print(int('ff', 16), int('0b11', 0), int(' 42 '), int(-3.7), int('1_000'), float('1e3'), float('-inf'), complex(1, 2), bool(0.0), hex(255), bin(-5), oct(8), chr(97), ord('a'), 5 .bit_length(), (2.5).is_integer(), int.from_bytes(b'\x01\x02', 'big'), (1).to_bytes(2, 'little'), (0.5).as_integer_ratio())
print(True + True, 5 & 3, 5 | 3, 5 ^ 3, ~5, 1 << 10, -8 >> 1, 10 ** 20 // 3, 3 == 3.0, 1 < 2 < 3, not 0, 0.1 + 0.2, hash(5), hash(2 ** 61), hash(0.5), hash(1.0) == hash(1), isinstance(True, int))
`,
    String.raw`
6 0.30000000000000004 1 5 bb 0 3 5.0 (-4, -1) 1024 1 1267650600228229401496703205376 3 -4 -2 3.5 3.0 0.5 inf
255 3 42 -3 1000 1000.0 -inf (1+2j) False 0xff -0b101 0o10 a 97 3 False 258 b'\x01\x00' (1, 2)
2 1 7 6 -6 1024 -4 33333333333333333333 True True True 0.30000000000000004 5 1 1152921504606846976 True True
`,
  );
});

test('introspection', () => {
  prints(
    String.raw`
class A:
    def __init__(self): self.x = 1
    def f(self): pass
a = A()
print(hasattr(a, 'x'), hasattr(a, 'zz'), getattr(a, 'zz', 5), isinstance(1, (str, int)), issubclass(bool, int), callable(a), callable(A), type(a) is A, vars(a), [n for n in dir(a) if n[0] != '_'], a.__class__.__name__, A.f.__name__, type(5) == int)
setattr(a, 'q', 1); print(a.q, a.__dict__); del a.q; print(hasattr(a, 'q')); delattr(a, 'x'); print(vars(a))
print(type('B', (A,), {'y': 3})().y)
print('x', 'y', sep='-', end='!\n'); print(); print(*[1, 2], sep='\n')
`,
    `
True False 5 True True False True True {'x': 1} ['f', 'x'] A f True
1 {'x': 1, 'q': 1}
False
{}
3
x-y!

1
2
`,
  );
});

test('errors of builtins', () => {
  prints(
    `
def attempt(f):
    try: print(f())
    except Exception as e: print(type(e).__name__ + ':', e)
for f in (lambda: int('x'), lambda: float('y'), lambda: [1][5], lambda: {}['a'], lambda: 1 / 0, lambda: None.x, lambda: 'a' + 1, lambda: len(5), lambda: int([]), lambda: (1, 2)[5], lambda: max([]), lambda: [].remove(1), lambda: 'abc'.index('z'), lambda: next(iter([])), lambda: {[]: 1}, lambda: sorted([1, 'a']), lambda: sum(['a']), lambda: list(5), lambda: range(1, 2, 0), lambda: int(float('nan')), lambda: object().foo, lambda: abs('a'), lambda: ' '.join([1])): attempt(f)
for f in (lambda: f'{"a":d}', lambda: '%d' % 'a', lambda: '%d %d' % (1,), lambda: '%d' % (1, 2), lambda: [].index(3), lambda: {}.pop('a'), lambda: {1, 2}.remove(3), lambda: chr(-1), lambda: ord('ab'), lambda: [].pop(), lambda: set().pop(), lambda: 'abc'.split(''), lambda: (1,).index(2), lambda: 'a' * 'b', lambda: [1] + (2,), lambda: 1 < 'a', lambda: None + 1, lambda: -'a', lambda: 'abc'[5], lambda: dict([1]), lambda: dict([(1, 2, 3)]), lambda: hash([]), lambda: {1: 2}.pop(3), lambda: '{}'.format(), lambda: '{a}'.format(), lambda: f'{3:s}', lambda: f'{3.5:d}'): attempt(f)
for f in (lambda: len(1, 2), lambda: len(), lambda: [].append(), lambda: 'a'.upper(1), lambda: isinstance(1), lambda: range(), lambda: max(), lambda: print(1, foo=2), lambda: divmod(1, 0), lambda: 1 % 0, lambda: 1.0 // 0, lambda: 2 ** -1, lambda: 0 ** -1, lambda: [1, 2]['a'], lambda: list(zip([1], [1, 2], strict=True)), lambda: set([[]]), lambda: ''.join(5), lambda: sum([[1], [2]]), lambda: 3 in 'abc'): attempt(f)
`,
    `
ValueError: invalid literal for int() with base 10: 'x'
ValueError: could not convert string to float: 'y'
IndexError: list index out of range
KeyError: 'a'
ZeroDivisionError: division by zero
AttributeError: 'NoneType' object has no attribute 'x'
TypeError: can only concatenate str (not "int") to str
TypeError: object of type 'int' has no len()
TypeError: int() argument must be a string, a bytes-like object or a real number, not 'list'
IndexError: tuple index out of range
ValueError: max() arg is an empty sequence
ValueError: list.remove(x): x not in list
ValueError: substring not found
StopIteration: 
TypeError: unhashable type: 'list'
TypeError: '<' not supported between instances of 'str' and 'int'
TypeError: unsupported operand type(s) for +: 'int' and 'str'
TypeError: 'int' object is not iterable
ValueError: range() arg 3 must not be zero
ValueError: cannot convert float NaN to integer
AttributeError: 'object' object has no attribute 'foo'
TypeError: bad operand type for abs(): 'str'
TypeError: sequence item 0: expected str instance, int found
ValueError: Unknown format code 'd' for object of type 'str'
TypeError: %d format: a real number is required, not str
TypeError: not enough arguments for format string
TypeError: not all arguments converted during string formatting
ValueError: 3 is not in list
KeyError: 'a'
KeyError: 3
ValueError: chr() arg not in range(0x110000)
TypeError: ord() expected a character, but string of length 2 found
IndexError: pop from empty list
KeyError: 'pop from an empty set'
ValueError: empty separator
ValueError: tuple.index(x): x not in tuple
TypeError: can't multiply sequence by non-int of type 'str'
TypeError: can only concatenate list (not "tuple") to list
TypeError: '<' not supported between instances of 'int' and 'str'
TypeError: unsupported operand type(s) for +: 'NoneType' and 'int'
TypeError: bad operand type for unary -: 'str'
IndexError: string index out of range
TypeError: cannot convert dictionary update sequence element #0 to a sequence
ValueError: dictionary update sequence element #0 has length 3; 2 is required
TypeError: unhashable type: 'list'
KeyError: 3
IndexError: Replacement index 0 out of range for positional args tuple
KeyError: 'a'
ValueError: Unknown format code 's' for object of type 'int'
ValueError: Unknown format code 'd' for object of type 'float'
TypeError: len() takes exactly one argument (2 given)
TypeError: len() takes exactly one argument (0 given)
TypeError: list.append() takes exactly one argument (0 given)
TypeError: str.upper() takes no arguments (1 given)
TypeError: isinstance expected 2 arguments, got 1
TypeError: range expected at least 1 argument, got 0
TypeError: max expected at least 1 argument, got 0
TypeError: 'foo' is an invalid keyword argument for print()
ZeroDivisionError: integer division or modulo by zero
ZeroDivisionError: integer modulo by zero
ZeroDivisionError: float floor division by zero
0.5
ZeroDivisionError: 0.0 cannot be raised to a negative power
TypeError: list indices must be integers or slices, not str
ValueError: zip() argument 2 is longer than argument 1
TypeError: unhashable type: 'list'
TypeError: can only join an iterable
TypeError: unsupported operand type(s) for +: 'int' and 'list'
TypeError: 'in <string>' requires string as left operand, not int
`,
  );
});

test('sets of integers come in the order of the hash table', () => {
  prints(
    `
import random
random.seed(1)
for n in (3, 8, 20, 60):
    print(set([random.randrange(-50, 1000) for _ in range(n)]))
print({1, 2, 3} - {2}, {3, 1, 2}, {5, 100, 7, 33}, {3, 1} | {2, 9}, {0, 32, 64, 8}, set(range(20, 0, -3)), [x for x in {9, 1, 8}])
`,
    `
{472, 225, 79}
{964, 870, 142, 917, 949, 727, 379, 191}
{2, 8, 393, 9, 12, 404, 159, 418, 814, 836, 965, 846, -46, 600, 730, 862, -32, 748, 495, -5}
{777, 10, 778, 398, 911, 654, 657, 531, 20, 154, 285, 798, 543, 414, 673, 802, 933, 422, 39, 295, 425, 298, 427, 171, 557, 814, 304, 952, 571, 701, 447, 708, 197, 581, 330, 972, 717, 975, 848, 338, 978, 214, 984, -39, 989, 991, 735, 358, -25, 999, 370, 755, 756, 501, 631, -6, 891, 890, 127}
{1, 3} {1, 2, 3} {33, 100, 5, 7} {1, 2, 3, 9} {0, 8, 32, 64} {2, 5, 8, 11, 14, 17, 20} [8, 9, 1]
`,
  );
});

test('unions of types', () => {
  prints(
    `
print(isinstance(3, int | str), isinstance(None, int | None), isinstance(2.0, int | str), int | None, (int | str) | list)
`,
    `
True True False int | None int | str | list
`,
  );
});
