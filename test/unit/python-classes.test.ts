/**
 * Classes, special methods, subclasses of builtin types, exceptions.
 * What each program prints was recorded from CPython 3.11.
 */
import { test } from 'node:test';
import { prints } from './python-program.ts';

test('special methods', () => {
  prints(
    `
class Vec:
    def __init__(self, *xs): self.xs = list(xs)
    def __len__(self): return len(self.xs)
    def __getitem__(self, i): return self.xs[i]
    def __setitem__(self, i, v): self.xs[i] = v
    def __iter__(self): return iter(self.xs)
    def __contains__(self, x): return x in self.xs
    def __add__(self, o): return Vec(*[a + b for a, b in zip(self, o)])
    def __lt__(self, o): return len(self) < len(o)
    def __str__(self): return 'Vec' + str(tuple(self.xs))
    def __format__(self, spec): return '<' + spec + '>'
    def __call__(self, *a, **k): return a, k
    def __bool__(self): return len(self.xs) > 0
    def __hash__(self): return hash(tuple(self.xs))
    def __eq__(self, o): return isinstance(o, Vec) and self.xs == o.xs
    @property
    def n(self): return len(self)
    @staticmethod
    def make(): return Vec(1)
    @classmethod
    def of(cls, *a): return cls(*a)
v = Vec(1, 2, 3)
print(v, len(v), v[0], v[-1], v[1:], list(v), 2 in v, v + v, v(1, k=2), bool(Vec()), f'{v:abc}', str(v), v.n, Vec.make(), Vec.of(5))
print(sorted([Vec(1, 2), Vec(1)])[0], max(v), sum(v), list(reversed(v)), [*v], {Vec(1): 2}[Vec(1)], Vec(1) == Vec(1), Vec(1) != Vec(2))
v[0] = 9; print(v.xs)
`,
    `
Vec(1, 2, 3) 3 1 3 [2, 3] [1, 2, 3] True Vec(2, 4, 6) ((1,), {'k': 2}) False <abc> Vec(1, 2, 3) 3 Vec(1,) Vec(5,)
Vec(1,) 3 6 [3, 2, 1] [1, 2, 3] 2 True True
[9, 2, 3]
`,
  );
});

test('inheritance', () => {
  prints(
    `
class Base:
    x = 1
    def f(self): return 'base'
    def __repr__(self): return f'{type(self).__name__}()'
class Child(Base):
    def f(self): return 'child ' + super().f()
class Mixin:
    def f(self): return 'mixin ' + super().f()
class Both(Mixin, Child): pass
print(Child(), Child().f(), Child.x, Child.__mro__, Both().f(), [c.__name__ for c in Both.__mro__], [Child()])
class Cell:
    def __setattr__(self, name, value): super().__setattr__(name, value * 2)
    def __getattr__(self, name): return name + '?'
c = Cell(); c.a = 2; print(c.a, c.b)
class Count:
    made = 0
    def __new__(cls, *args):
        cls.made += 1
        return super().__new__(cls)
    def __init_subclass__(cls, **kw): print('sub', cls.__name__)
class Sub(Count): pass
Count(); Count(1); print(Count.made)
`,
    `
Child() child base 1 (<class '__main__.Child'>, <class '__main__.Base'>, <class 'object'>) mixin child base ['Both', 'Mixin', 'Child', 'Base', 'object'] [Child()]
4 b?
sub Sub
2
`,
  );
});

test('subclasses of builtin types', () => {
  prints(
    `
class S(str): pass
print(S('ab') + 'c', S('x') == 'x', len(S('abc')), S('ab').upper(), {S('a'): 1}['a'], isinstance(S('a'), str), f"{S('q'):>3}")
class I(int): pass
print(I(3) + 1, I(3) == 3, [1, 2, 3, 4][I(2)], I(5) > 3, I(7) // 2, I(2) * 1.5)
class L(list):
    def __init__(self, n): super().__init__(range(n)); self.n = n
    def __getitem__(self, i): return super().__getitem__(i) * 10
l = L(3); print(l, l[1], len(l), l.n, list(l)); l.append(4); print(l)
class Stack(list):
    def peek(self): return self[-1]
s = Stack([1, 2]); s.append(4); print(s, s.peek(), len(s), s == [1, 2, 4], s + [5])
class AttrDict(dict):
    def __getattr__(self, k):
        try: return self[k]
        except KeyError: raise AttributeError(k)
    def __setattr__(self, k, v): self[k] = v
a = AttrDict(x=1); a.y = 2; print(a, a.x, a['y'], 'x' in a, len(a), list(a.items()), dict(a), {**a})
try: a.z
except AttributeError as e: print('AE', e)
`,
    `
abc True 3 AB 1 True   q
4 True 3 True 3 3.0
[0, 1, 2] 10 3 3 [0, 1, 2]
[0, 1, 2, 4]
[1, 2, 4] 4 3 True [1, 2, 4, 5]
{'x': 1, 'y': 2} 1 2 True 2 [('x', 1), ('y', 2)] {'x': 1, 'y': 2} {'x': 1, 'y': 2}
AE z
`,
  );
});

test('exceptions', () => {
  prints(
    `
class E(Exception):
    def __init__(self, code): super().__init__(f'code {code}'); self.code = code
try: raise E(5)
except E as e: print(e, e.code, e.args, repr(e))
class Plain(ValueError): pass
try: raise Plain('x', 1)
except ValueError as e: print(type(e), e, e.args)
try:
    try: 1 / 0
    except ZeroDivisionError as e: raise RuntimeError('wrapped') from e
except RuntimeError as e: print(e, isinstance(e, Exception))
try: assert 1 == 2, 'msg'
except AssertionError as e: print(repr(e))
try: raise KeyError('a', 'b')
except LookupError as e: print(e)
try: {}['k']
except KeyError as e: print(e, repr(e), e.args)
try: raise NotImplementedError
except RuntimeError as e: print(repr(e), str(e) == '')
def f():
    try: return 'try'
    finally: print('finally')
print(f())
for i in range(3):
    try:
        if i == 1: continue
        print(i)
    except ValueError: pass
    else: print('else')
    finally: print('end')
def gen():
    try: yield 1
    finally: print('closed')
for x in gen(): print(x)
try: raise StopIteration(3)
except StopIteration as e: print(e.value)
`,
    `
code 5 5 ('code 5',) E('code 5')
<class '__main__.Plain'> ('x', 1) ('x', 1)
wrapped True
AssertionError('msg')
('a', 'b')
'k' KeyError('k') ('k',)
NotImplementedError() True
finally
try
0
else
end
end
2
else
end
1
closed
3
`,
  );
});

test('wrong calls', () => {
  prints(
    `
class B: pass
def f(a, b=2, *c, d, e=5, **k): return a, b, c, d, e, k
print(f(1, d=4), f(1, 2, 3, d=4, z=1))
def g(x, /, y, *, z=0): return x, y, z
for bad in (lambda: f(), lambda: f(1), lambda: f(1, d=1, a=2), lambda: g(1), lambda: g(1, 2, 3), lambda: g(x=1, y=2), lambda: g(1, y=2, q=3), lambda: B(1), lambda: B().foo, lambda: B.foo, lambda: 5(), lambda: B() + 1, lambda: B()[0], lambda: len(B()), lambda: iter(B())):
    try: print(bad())
    except Exception as e: print(type(e).__name__ + ':', e)
`,
    `
(1, 2, (), 4, 5, {}) (1, 2, (3,), 4, 5, {'z': 1})
TypeError: f() missing 1 required positional argument: 'a'
TypeError: f() missing 1 required keyword-only argument: 'd'
TypeError: f() got multiple values for argument 'a'
TypeError: g() missing 1 required positional argument: 'y'
TypeError: g() takes 2 positional arguments but 3 were given
TypeError: g() got some positional-only arguments passed as keyword arguments: 'x'
TypeError: g() got an unexpected keyword argument 'q'
TypeError: B() takes no arguments
AttributeError: 'B' object has no attribute 'foo'
AttributeError: type object 'B' has no attribute 'foo'
TypeError: 'int' object is not callable
TypeError: unsupported operand type(s) for +: 'B' and 'int'
TypeError: 'B' object is not subscriptable
TypeError: object of type 'B' has no len()
TypeError: 'B' object is not iterable
`,
  );
});

test('subclasses with a __new__ of their own', () => {
  prints(
    `
from collections import OrderedDict, Counter, deque, namedtuple
class C(OrderedDict):
    def __init__(self, **k):
        super().__init__(**k)
        self.extra = 1
    def top(self): return next(iter(self))
c = C(a=1, b=2); print(c.extra, c.top(), c['b'], len(c), list(c.items()), dict(c))
class D(Counter):
    def best(self): return self.most_common(1)[0][0]
class E(dict):
    def __missing__(self, k): return k * 2
class R(dict):
    def __setitem__(self, k, v): super().__setitem__(k, v + 1)
    def __getitem__(self, k): return super().__getitem__(k)
r = R(); r['a'] = 1; print(D('aab').best(), E(a=1)['a'], E()['zz'], r, r['a'], r.get('a'))
class S(tuple):
    def __new__(cls, *a): return super().__new__(cls, [x * 2 for x in a])
    def total(self): return sum(self)
print(S(1, 2), S(3).total(), S(1)[0], len(S(1, 2)))
class U(str):
    def __new__(cls, x, y):
        o = super().__new__(cls, x); o.y = y; return o
print(U('a', 3).y, U('a', 3) + 'b')
class P(namedtuple('P', 'a b')):
    def __new__(cls, a, b=9): return super().__new__(cls, a, b)
    @property
    def s(self): return self.a + self.b
print(P(1), P(1).s, P(1, 2).b)
class Single:
    inst = None
    def __new__(cls, *a):
        if cls.inst is None: cls.inst = super().__new__(cls)
        return cls.inst
    def __init__(self, v=0): self.v = v
print(Single(1) is Single(2), Single().v)
`,
    `
1 a 2 2 [('a', 1), ('b', 2)] {'a': 1, 'b': 2}
a 1 zzzz {'a': 2} 2 2
(2, 4) 6 2 2
3 ab
P(a=1, b=9) 10 2
True 0
`,
  );
});

test('a vocabulary and a dataset', () => {
  prints(
    `
from collections import Counter
text = 'the quick brown fox jumps over the lazy dog the fox'
class Tokenizer:
    PAD, UNK = '<pad>', '<unk>'
    def __init__(self, texts, min_freq=1):
        c = Counter()
        for t in texts: c.update(t.lower().split())
        self.itos = [self.PAD, self.UNK] + [w for w, n in c.most_common() if n >= min_freq]
        self.stoi = {w: i for i, w in enumerate(self.itos)}
    def __len__(self): return len(self.itos)
    def encode(self, s, max_len=None):
        ids = [self.stoi.get(w, self.stoi[self.UNK]) for w in s.lower().split()]
        if max_len is not None:
            ids = ids[:max_len] + [0] * max(0, max_len - len(ids))
        return ids
tok = Tokenizer([text, 'Hello world'])
print(len(tok), tok.encode('the fox says hello', 6), sorted(set(text))[:4])
class Dataset:
    def __init__(self, n): self.n = n
    def __len__(self): return self.n
    def __getitem__(self, i):
        if i >= self.n: raise IndexError
        return i * i, i % 2
ds = Dataset(4)
def batches(xs, n):
    for i in range(0, len(xs), n):
        yield xs[i:i + n]
print(list(ds), len(ds), [x for x, y in ds if y], [list(b) for b in batches(list(range(7)), 3)])
for epoch in range(1, 3):
    loss = 1.0 / epoch
    print(f'Epoch {epoch:>3d}/{3} | loss {loss:.4f} | acc {epoch * 33.333:6.2f}% | lr {1e-3 * 0.5 ** epoch:.2e}')
    print('Epoch [{}/{}], Loss: {:.4f}'.format(epoch, 3, loss), 'epoch %d loss %.3f' % (epoch, loss))
`,
    `
12 [2, 3, 1, 10, 0, 0] [' ', 'a', 'b', 'c']
[(0, 0), (1, 1), (4, 0), (9, 1)] 4 [1, 9] [[0, 1, 2], [3, 4, 5], [6]]
Epoch   1/3 | loss 1.0000 | acc  33.33% | lr 5.00e-04
Epoch [1/3], Loss: 1.0000 epoch 1 loss 1.000
Epoch   2/3 | loss 0.5000 | acc  66.67% | lr 2.50e-04
Epoch [2/3], Loss: 0.5000 epoch 2 loss 0.500
`,
  );
});
