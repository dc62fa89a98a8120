/**
 * The other standard modules.
 * What each program prints was recorded from CPython 3.11.
 */
import { test } from 'node:test';
import { prints } from './python-program.ts';

test('math', () => {
  prints(
    `
import math
print(math.sqrt(2), math.floor(-1.5), math.ceil(1.2), math.pi, math.gcd(12, 18), math.lcm(4, 6), math.prod([1, 2, 3]), math.factorial(20), math.comb(5, 2), math.perm(5, 2), math.log(8, 2), math.log2(8), math.log10(1000), math.isclose(0.1 + 0.2, 0.3))
print(math.exp(1), math.hypot(3, 4), math.erf(0.5), math.erf(-2), math.erfc(0.5), math.gamma(5), math.gamma(0.5), math.lgamma(10), math.fsum([.1] * 10), math.copysign(1, -0.0), math.trunc(-2.7), math.inf, math.isqrt(17), math.degrees(math.pi), math.radians(180), math.modf(2.5), math.frexp(8.0), math.isnan(math.nan), math.dist([0, 0], [3, 4]), math.fmod(-7, 3), math.floor(10 ** 20), math.log(10 ** 400))
for bad in (lambda: math.sqrt(-1), lambda: math.log(0), lambda: math.factorial(-1), lambda: math.exp(1000), lambda: math.sqrt('a')):
    try: print(bad())
    except Exception as e: print(type(e).__name__, e)
`,
    `
1.4142135623730951 -2 2 3.141592653589793 6 12 6 2432902008176640000 10 20 3.0 3.0 3.0 True
2.718281828459045 5.0 0.5204998778130465 -0.9953222650189527 0.4795001221869535 24.0 1.7724538509055159 12.801827480081467 1.0 -1.0 -2 inf 4 180.0 3.141592653589793 (0.5, 2.0) (0.5, 4) True 5.0 -1.0 100000000000000000000 921.0340371976182
ValueError math domain error
ValueError math domain error
ValueError factorial() not defined for negative values
OverflowError math range error
TypeError must be real number, not str
`,
  );
});

test('random is the generator of CPython', () => {
  prints(
    `
import random
random.seed(0)
print(random.random(), random.randint(1, 10), random.choice('abc'), random.uniform(1, 2), random.gauss(0, 1), random.gauss(0, 1), random.sample(range(100), 5), random.sample(range(10), 5), random.choices([1, 2, 3], k=4), random.choices('ab', weights=[1, 3], k=3), random.randrange(0, 100, 7), random.normalvariate(0, 1), random.expovariate(2), random.betavariate(1, 2), random.triangular(0, 1), random.getrandbits(40))
l = list(range(10)); random.shuffle(l); print(l)
random.seed('hello'); print(random.random()); random.seed(12345678901234567890); print(random.random()); random.seed(-3); print(random.random()); random.seed(1.5); print(random.random())
r = random.Random(42); print(r.random(), r.randint(0, 5)); s = r.getstate(); x = r.random(); r.setstate(s); print(x == r.random())
`,
    `
0.8444218515250481 7 a 1.2589167502929635 -1.016348894188071 -0.07212002278507135 [38, 61, 45, 74, 27] [8, 2, 4, 1, 0] [2, 1, 3, 3] ['b', 'b', 'b'] 77 -0.6617683762937498 0.21831640401949148 0.11986011341723377 0.526990315180925 951089125907
[3, 1, 2, 5, 7, 9, 6, 0, 4, 8]
0.3537754404730722
0.5120180983871961
0.23796462709189137
0.551763726942059
0.6394267984578837 0
True
`,
  );
});

test('json', () => {
  prints(
    String.raw`
import json
print(json.dumps({'a': [1, 2.5, None, True, 'é"\n'], 'b': {}, 3: ()}), json.dumps([1, {'x': 2}], indent=2), json.dumps({'b': 1, 'a': 2}, sort_keys=True, separators=(',', ':')), json.dumps('é', ensure_ascii=False))
print(json.loads('{"a": [1, 2.0, "x\\n\\u00e9", null, true], "b": {"c": -1e3}}'), json.loads('12345678901234567890'))
for bad in (lambda: json.dumps({1}), lambda: json.loads('[1,'), lambda: json.loads('{"a" 1}')):
    try: print(bad())
    except Exception as e: print(e)
`,
    String.raw`
{"a": [1, 2.5, null, true, "\u00e9\"\n"], "b": {}, "3": []} [
  1,
  {
    "x": 2
  }
] {"a":2,"b":1} "é"
{'a': [1, 2.0, 'x\né', None, True], 'b': {'c': -1000.0}} 12345678901234567890
Object of type set is not JSON serializable
Expecting value: line 1 column 4 (char 3)
Expecting ':' delimiter: line 1 column 6 (char 5)
`,
  );
});

test('re', () => {
  prints(
    String.raw`
import re
print(re.findall(r'\d+', 'a1b22'), re.findall(r'(\w)=(\d)', 'a=1 b=2'), re.sub(r'(\w)(\d)', r'\2\1', 'a1b2'), re.sub('a', lambda m: m.group().upper(), 'banana', count=2), re.match(r'(?P<n>\w+)-(\d+)', 'ab-12').groupdict(), re.split(r'[,;]', 'a,b;c'), bool(re.match('b', 'ab')), re.search('b(.)', 'abc').group(1), re.search('b', 'abc').span(), re.fullmatch('a+', 'aab'), re.compile('A', re.I).findall('aA'), [m.start() for m in re.finditer('a', 'banana')])
`,
    `
['1', '22'] [('a', '1'), ('b', '2')] 1a2b bAnAna {'n': 'ab'} ['a', 'b', 'c'] False c (1, 2) None ['a', 'A'] [1, 3, 5]
`,
  );
});

test('paths', () => {
  prints(
    `
import os
from pathlib import Path
print(os.path.join('a', 'b', '/c', 'd'), os.path.basename('/x/y.txt'), os.path.splitext('a/b.tar.gz'), os.path.splitext('.bashrc'), os.path.dirname('/x/y'), os.path.normpath('a//b/../c/.'), os.path.split('/a/b'), os.path.relpath('/a/b', '/a/c'), os.sep)
p = Path('a') / 'b.tar.gz'
print(p, p.stem, p.suffix, p.name, p.parent, repr(Path('x')), Path('/a/b').parts, p.with_suffix('.x'), Path('a', 'b', '..') , Path('x') == Path('./x'), str(p), f'{p}', os.path.join('q', p), [str(x) for x in Path('a/b/c').parents])
`,
    `
/c/d y.txt ('a/b.tar', '.gz') ('.bashrc', '') /x a/c ('/a', 'b') ../b /
a/b.tar.gz b.tar .gz b.tar.gz a PosixPath('x') ('/', 'a', 'b') a/b.tar.x a/b/.. True a/b.tar.gz a/b.tar.gz q/a/b.tar.gz ['a/b', 'a', '.']
`,
  );
});

test('copy', () => {
  prints(
    `
import copy
class A:
    def __init__(self): self.l = [1]; self.me = self
a = [1, [2]]; b = copy.deepcopy(a); b[1].append(3); print(a, b, copy.copy(a)[1] is a[1])
x = A(); y = copy.deepcopy(x); y.l.append(2); print(x.l, y.l, y.me is y, copy.copy(x).l is x.l)
shared = [0]; print((lambda t: t[0] is t[1])(copy.deepcopy([shared, shared])))
`,
    `
[1, [2]] [1, [2, 3]] True
[1] [1, 2] True True
True
`,
  );
});

test('operator, heapq, bisect, statistics, string', () => {
  prints(
    String.raw`
import operator, heapq, bisect, statistics, string, textwrap, types
h = [5, 1, 4]; heapq.heapify(h); heapq.heappush(h, 0); print(heapq.heappop(h), h, heapq.nsmallest(2, h), heapq.nlargest(1, h), heapq.heappushpop(h, 3), heapq.heapreplace(h, 9), h)
print(bisect.bisect([1, 3, 5], 3), bisect.bisect_left([1, 3, 5], 3), operator.itemgetter(1)([1, 2]), operator.itemgetter(0, 2)('abc'), operator.attrgetter('real')(3), operator.add(1, 2), operator.mul(3, 4), string.ascii_lowercase[:3], string.digits)
print(statistics.mean([1, 2, 4]), statistics.mean([1, 3]), statistics.stdev([1, 2, 4]), statistics.median([3, 1, 2]), statistics.median([1, 2]), textwrap.dedent('  a\n    b\n'), types.SimpleNamespace(a=1, b='x'))
`,
    `
0 [4, 5, 9] [1, 4] [5] 1 3 [4, 5, 9]
2 1 2 ('a', 'c') 3 3 12 abc 0123456789
2.3333333333333335 2 1.5275252316519468 2 1.5 a
  b
 namespace(a=1, b='x')
`,
  );
});

test('argparse without a command line', () => {
  prints(
    `
import argparse, sys
p = argparse.ArgumentParser(description='d')
p.add_argument('--hidden-size', '-H', type=int, default=128, help='h')
p.add_argument('--lr', type=float, default='1e-3')
p.add_argument('--bidir', action='store_true')
p.add_argument('--no-cuda', action='store_false', dest='cuda')
p.add_argument('--name'); p.add_argument('--n', type=int, choices=[1, 2], default=2)
p.add_argument('--sizes', nargs='+', type=int, default=[1, 2])
g = p.add_argument_group('g'); g.add_argument('--x', default=None)
p.set_defaults(extra=5)
a = p.parse_args([])
print(a.hidden_size, a.lr, a.bidir, a.cuda, a.name, a.n, a.sizes, a.x, a.extra, vars(a)['lr'], getattr(a, 'zz', 1))
print(argparse.Namespace(a=1, b='c'), p.parse_known_args([])[1])
print(sys.version_info >= (3, 8), sys.maxsize, sys.version_info.major)
`,
    `
128 0.001 False True None 2 [1, 2] None 5 0.001 1
Namespace(a=1, b='c') []
True 9223372036854775807 3
`,
  );
});

test('numpy on plain numbers', () => {
  prints(
    `
import numpy as np, random
def set_seed(s):
    random.seed(s); np.random.seed(s)
set_seed(3)
print(f'{np.mean([1.0, 2.0, 4.0]):.4f}', np.pi, int(np.prod([2, 3, 4])), f'{np.sqrt(2):.3f}', int(np.floor(2.7)), np.inf, float(np.exp(1)))
`,
    `
2.3333 3.141592653589793 24 1.414 2 inf 2.718281828459045
`,
  );
});
