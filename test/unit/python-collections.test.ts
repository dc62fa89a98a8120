/**
 * collections, itertools, functools, contextlib, enum, dataclasses, typing.
 * What each program prints was recorded from CPython 3.11.
 */
import { test } from 'node:test';
import { prints } from './python-program.ts';

test('collections', () => {
  prints(
    `
from collections import OrderedDict, defaultdict, Counter, deque, namedtuple, ChainMap
Point = namedtuple('Point', 'x y')
p = Point(1, y=2)
print(p, p.x, p[1], p._replace(x=5), p._asdict(), *p, Point._fields, p == (1, 2), Point._make([3, 4]))
N = namedtuple('N', ['a', 'b'], defaults=[9]); print(N(1), isinstance(N(1), tuple), len(N(1)))
d = defaultdict(list); d['a'].append(1); print(d, dict(d), d['b'], 'c' in d, d.get('z'))
c = Counter('abracadabra'); print(c, c.most_common(2), c['z'], c + Counter('a'), c - Counter('aaa'), sum(c.values()), sorted(c.elements())[:3])
c.update('zz'); c['y'] += 1; print(c['z'], c['y'], c.total())
q = deque([1, 2, 3], maxlen=3); q.append(4); q.appendleft(0); print(q, q.popleft(), len(q), list(q), q[0], q[-1])
q.extend([7, 8]); q.rotate(1); print(q, 7 in q, deque('ab'))
o = OrderedDict([('a', 1), ('b', 2)]); o.move_to_end('a'); print(list(o), o.popitem(last=False), ChainMap({'a': 1}, {'b': 2})['b'])
`,
    `
Point(x=1, y=2) 1 2 Point(x=5, y=2) {'x': 1, 'y': 2} 1 2 ('x', 'y') True Point(x=3, y=4)
N(a=1, b=9) True 2
defaultdict(<class 'list'>, {'a': [1], 'b': []}) {'a': [1]} [] False None
Counter({'a': 5, 'b': 2, 'r': 2, 'c': 1, 'd': 1}) [('a', 5), ('b', 2)] 0 Counter({'a': 6, 'b': 2, 'r': 2, 'c': 1, 'd': 1}) Counter({'a': 2, 'b': 2, 'r': 2, 'c': 1, 'd': 1}) 11 ['a', 'a', 'a']
2 1 14
deque([2, 3], maxlen=3) 0 2 [2, 3] 2 3
deque([8, 3, 7], maxlen=3) True deque(['a', 'b'])
['b', 'a'] ('b', 2) 2
`,
  );
});

test('itertools', () => {
  prints(
    `
import itertools as it
print(list(it.chain([1], (2, 3))), list(it.product('ab', [1, 2])), list(it.islice(it.count(5, 2), 3)), list(it.zip_longest([1, 2], 'a', fillvalue='-')), list(it.combinations([1, 2, 3], 2)), list(it.permutations([1, 2, 3], 2)))
print(list(it.accumulate([1, 2, 3])), list(it.accumulate([1, 2, 3], lambda a, b: a * b)), list(it.repeat(1, 2)), list(it.starmap(pow, [(2, 3)])), list(it.takewhile(lambda x: x < 3, [1, 2, 3, 1])), list(it.dropwhile(lambda x: x < 3, [1, 2, 3, 1])), [(k, list(v)) for k, v in it.groupby('aabbc')])
print(list(it.pairwise([1, 2, 3])), list(it.chain.from_iterable([[1], [2]])), list(it.islice(it.cycle('ab'), 5)), list(it.combinations_with_replacement('ab', 2)), list(it.filterfalse(None, [0, 1])), list(it.compress('abc', [1, 0, 1])), list(it.islice('abcdef', 1, None, 2)), [list(x) for x in it.tee([1, 2])], list(it.product([0, 1], repeat=2)))
`,
    `
[1, 2, 3] [('a', 1), ('a', 2), ('b', 1), ('b', 2)] [5, 7, 9] [(1, 'a'), (2, '-')] [(1, 2), (1, 3), (2, 3)] [(1, 2), (1, 3), (2, 1), (2, 3), (3, 1), (3, 2)]
[1, 3, 6] [1, 2, 6] [1, 1] [8] [1, 2] [3, 1] [('a', ['a', 'a']), ('b', ['b', 'b']), ('c', ['c'])]
[(1, 2), (2, 3)] [1, 2] ['a', 'b', 'a', 'b', 'a'] [('a', 'a'), ('a', 'b'), ('b', 'b')] [0] ['a', 'c'] ['b', 'd', 'f'] [[1, 2], [1, 2]] [(0, 0), (0, 1), (1, 0), (1, 1)]
`,
  );
});

test('functools', () => {
  prints(
    `
import functools
print(functools.reduce(lambda a, b: a + b, [1, 2, 3]), functools.reduce(max, [3, 1], 9), functools.partial(pow, 2)(3), functools.partial(int, base=2)('101'))
@functools.lru_cache(maxsize=None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(30))
def deco(f):
    @functools.wraps(f)
    def w(*a, **k): return f(*a, **k) + 1
    return w
@deco
def g(x):
    return x
print(g(1), g.__name__)
class C:
    n = 0
    @functools.cached_property
    def v(self): C.n += 1; return 7
c = C(); print(c.v, c.v, C.n)
@functools.total_ordering
class T:
    def __init__(self, x): self.x = x
    def __eq__(self, o): return self.x == o.x
    def __lt__(self, o): return self.x < o.x
print(T(1) <= T(1), T(2) > T(1), T(1) >= T(2), sorted([3, 1], key=functools.cmp_to_key(lambda a, b: b - a)))
@functools.singledispatch
def show(x): return 'any'
@show.register(int)
def _(x): return 'int'
print(show(1), show('a'))
`,
    `
6 9 8 5
832040
2 g
7 7 1
True True False [3, 1]
int any
`,
  );
});

test('dataclasses', () => {
  prints(
    `
from dataclasses import dataclass, field, asdict, astuple, replace, fields, InitVar, is_dataclass
@dataclass
class Cfg:
    a: int
    b: float = 0.5
    c: list = field(default_factory=list)
    d: str = field(default='x', repr=False)
    def __post_init__(self): self.e = self.a * 2
cfg = Cfg(1, c=[2])
print(cfg, cfg.e, asdict(cfg), astuple(cfg), cfg == Cfg(1, c=[2]), cfg != Cfg(2), replace(cfg, a=5), [f.name for f in fields(cfg)], is_dataclass(cfg), Cfg(1).c is Cfg(1).c)
@dataclass
class More(Cfg):
    z: int = 3
    seed: InitVar[int] = 0
    def __post_init__(self, seed): super().__post_init__(); self.s = seed
print(More(1, z=2, seed=4), More(1, seed=4).s, More(2).e)
@dataclass(frozen=True, order=True)
class V: x: int; y: int = 0
try: V(1).x = 3
except Exception as e: print(type(e).__name__, e)
print(V(1) < V(2), sorted([V(3), V(1)]), hash(V(1)) == hash(V(1)), {V(1): 2}[V(1)])
@dataclass(kw_only=True)
class K: a: int; b: int = 1
for bad in (lambda: Cfg(), lambda: Cfg(1, zz=3), lambda: Cfg(1, 2, 3, 4, 5), lambda: K(1), lambda: K(a=2)):
    try: print(bad())
    except TypeError as e: print(e)
`,
    `
Cfg(a=1, b=0.5, c=[2]) 2 {'a': 1, 'b': 0.5, 'c': [2], 'd': 'x'} (1, 0.5, [2], 'x') True True Cfg(a=5, b=0.5, c=[2]) ['a', 'b', 'c', 'd'] True False
More(a=1, b=0.5, c=[], z=2) 4 4
FrozenInstanceError cannot assign to field 'x'
True [V(x=1, y=0), V(x=3, y=0)] True 2
Cfg.__init__() missing 1 required positional argument: 'a'
Cfg.__init__() got an unexpected keyword argument 'zz'
Cfg.__init__() takes from 2 to 5 positional arguments but 6 were given
K.__init__() takes 1 positional argument but 2 were given
K(a=2, b=1)
`,
  );
});

test('enum', () => {
  prints(
    `
from enum import Enum, IntEnum, Flag, auto
class Color(Enum):
    RED = 1
    GREEN = auto()
    CRIMSON = 1
    @property
    def low(self): return self.name.lower()
print(Color.RED, repr(Color.GREEN), Color(1), Color['RED'], list(Color), len(Color), Color.RED.low, Color.RED.value, Color.RED == Color.RED, isinstance(Color.RED, Color), Color.RED in Color, {Color.RED: 1}[Color.RED], Color.CRIMSON is Color.RED, Color.RED != Color.GREEN)
class N(IntEnum): A = 1; B = 2
print(N.A + 1, N.B > N.A, f'{N.A}', repr(N.A), [10, 20, 30][N.A], N.A == 1, N(2).name)
class F(Flag): R = auto(); W = auto(); X = auto()
print((F.R | F.X).value, F.R in (F.R | F.W), bool(F.R & F.W))
class Mode(str, Enum): TRAIN = 'train'
print(Mode.TRAIN == 'train', Mode('train').value, {'train': 1}[Mode.TRAIN])
class Planet(Enum):
    EARTH = (3, 6)
    def __init__(self, mass, radius): self.mass = mass; self.radius = radius
print(Planet.EARTH.mass, Planet.EARTH.value)
try: Color(9)
except ValueError as e: print(e)
`,
    `
Color.RED <Color.GREEN: 2> Color.RED Color.RED [<Color.RED: 1>, <Color.GREEN: 2>] 2 red 1 True True True 1 True True
2 True 1 <N.A: 1> 20 True B
5 True False
True train 1
3 (3, 6)
9 is not a valid Color
`,
  );
});

test('context managers', () => {
  prints(
    `
from contextlib import contextmanager, suppress, nullcontext, ExitStack
@contextmanager
def cm(x):
    print('in', x)
    try: yield x + 1
    except KeyError: print('caught')
    finally: print('out')
with cm(1) as v: print('body', v)
try:
    with cm(2): raise ValueError('z')
except ValueError as e: print('got', e)
with cm(3): raise KeyError('k')
with suppress(KeyError): {}['a']
with nullcontext(5) as n5: print(n5)
with ExitStack() as st:
    st.enter_context(cm(7)); st.callback(print, 'cb')
class M:
    def __enter__(self): print('enter'); return self
    def __exit__(self, *a): print('exit', a[0] is None); return True
with M() as a, M(): raise ValueError
`,
    `
in 1
body 2
out
in 2
out
got z
in 3
caught
out
5
in 7
cb
out
enter
enter
exit False
exit True
`,
  );
});

test('typing', () => {
  prints(
    `
from typing import List, Optional, NamedTuple, Dict, Union, Callable, Any, TypeVar, Generic, Protocol, cast, TYPE_CHECKING, overload, Tuple, Literal, TypedDict
T = TypeVar('T')
class NT(NamedTuple):
    a: int
    b: str = 'z'
    def f(self): return self.a + 1
print(NT(1), NT(1, 'q').b, NT(3).f(), NT(1)[0], NT(5)._asdict())
class Box(Generic[T]):
    def __init__(self, x: Optional[List[T]] = None) -> None: self.x = x
class P(Protocol):
    def go(self) -> int: ...
def f(a: Union[int, str], b: 'Dict[str, Any]' = None, *c: Callable[..., Tuple[int, ...]]) -> Literal['a', 'b']: return a
print(Box[int](3).x, f(1), cast(int, 'x'), TYPE_CHECKING, Optional[int], List[int], isinstance([], List))
class TD(TypedDict): a: int
print(TD(a=1))
`,
    `
NT(a=1, b='z') q 4 1 {'a': 5, 'b': 'z'}
3 1 x False typing.Optional[int] typing.List[int] True
{'a': 1}
`,
  );
});

test('abstract collections', () => {
  prints(
    `
from collections.abc import Iterable, Mapping, Sequence, Callable, Hashable, Iterator, MutableMapping, Sized
class I:
    def __iter__(self): return iter([])
print(isinstance([], Iterable), isinstance(I(), Iterable), isinstance(5, Iterable), isinstance({}, Mapping), isinstance((), Sequence), isinstance('a', Sequence), isinstance(len, Callable), isinstance([], Hashable), isinstance(iter([]), Iterator), isinstance(I(), Sized), isinstance({}, MutableMapping), isinstance({1}, Sequence))
`,
    `
True True False True True True True False True False True False
`,
  );
});
