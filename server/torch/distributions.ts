/**
 * torch.distributions: Categorical, Normal, Bernoulli and Uniform, written with the operations of the table, so that their
 * shapes and numbers are those of the operations.
 */
import type { Interpreter } from '../python/interpreter.ts';
import { binary } from '../python/operators.ts';
import { getItem } from '../python/subscripts.ts';
import type { BinaryOperator } from '../python/syntax.ts';
import type { ClassValue, ModuleValue, NativeCall, ObjectValue, Value } from '../python/values.ts';
import { bindPython } from './binding.ts';
import { Context } from './context.ts';
import { argument, method } from './optimizer.ts';
import { parseSignature } from './signature.ts';
import { stateOf } from './state.ts';
import { payloadOf } from './tensor.ts';

/** Short forms for what Python would say. */
class Writer {
  readonly interp: Interpreter;
  readonly self: ObjectValue;
  readonly torch: ModuleValue;

  constructor(interp: Interpreter, self: ObjectValue, torch: ModuleValue) {
    this.interp = interp;
    this.self = self;
    this.torch = torch;
  }

  get(name: string): Value {
    return this.self.attrs.get(name) ?? this.interp.none;
  }

  /** `x.name(args)` */
  of(x: Value, name: string, ...args: readonly Value[]): Value {
    return this.interp.call(this.interp.getAttr(x, name), args);
  }

  /** `torch.name(args)` */
  fn(name: string, ...args: readonly Value[]): Value {
    return this.interp.call(this.interp.getAttr(this.torch, name), args);
  }

  op(left: Value, op: BinaryOperator, right: Value): Value {
    return binary(this.interp, op, left, right);
  }

  n(value: number): Value {
    return Number.isInteger(value) ? this.interp.int(value) : this.interp.float(value);
  }

  shape(x: Value): Value {
    return this.interp.getAttr(x, 'shape');
  }

  /** `sample_shape + x.shape` */
  extended(sample: Value | undefined, x: Value): Value {
    const given = sample === undefined ? this.interp.tuple([]) : this.interp.resolve(sample);
    const front =
      given.kind === 'tuple'
        ? this.interp.tuple(given.items)
        : given.kind === 'list'
          ? this.interp.tuple(this.interp.items(given) ?? [])
          : given;
    return this.op(front, '+', this.shape(x));
  }

  quietly(body: () => Value): Value {
    const guard = this.fn('no_grad');
    this.of(guard, '__enter__');
    try {
      return body();
    } finally {
      this.of(guard, '__exit__', this.interp.none, this.interp.none, this.interp.none);
    }
  }
}

type Body = (w: Writer, call: NativeCall, ctx: Context) => Value;

interface DistributionForm {
  readonly name: string;
  readonly parameters: string;
  /** Attributes that the text shows, in order. */
  readonly shown: readonly string[];
  readonly init: (w: Writer, values: ReadonlyMap<string, Value>, ctx: Context) => void;
  readonly methods: Readonly<Record<string, Body>>;
  readonly properties: Readonly<Record<string, (w: Writer) => Value>>;
}

/** Two parameters of one shape; numbers become tensors. */
function broadcastAll(w: Writer, names: readonly string[], values: readonly Value[]): void {
  const tensors = values.map((v) => {
    const value = w.interp.resolve(v);
    return payloadOf(value) !== undefined || value.kind === 'unknown' ? value : w.fn('tensor', w.interp.float(w.interp.asNumber(value)));
  });
  const made = w.interp.items(w.fn('broadcast_tensors', ...tensors)) ?? tensors;
  names.forEach((name, i) => w.self.attrs.set(name, made[i] ?? w.interp.unknown(name)));
}

/** Exactly one of `probs` and `logits`. */
function eitherParameter(w: Writer, values: ReadonlyMap<string, Value>, ctx: Context): 'probs' | 'logits' {
  const given = (['probs', 'logits'] as const).filter((name) => w.interp.resolve(values.get(name) ?? w.interp.none).kind !== 'none');
  if (given.length !== 1) {
    const text = 'Either `probs` or `logits` must be specified, but not both.';
    ctx.fail({
      code: 'invalid-argument',
      exception: 'ValueError',
      text,
      message: `${ctx.name}: one of \`probs\` and \`logits\` is needed`,
    });
  }
  return given[0] as 'probs' | 'logits';
}

const EPSILON = 1.1920928955078125e-7;

const clamped = (w: Writer, probs: Value): Value => w.of(probs, 'clamp', w.n(EPSILON), w.interp.float(1 - EPSILON));

const categorical: DistributionForm = {
  name: 'Categorical',
  parameters: 'probs=None, logits=None, validate_args=None',
  shown: ['probs', 'logits'],
  init: (w, values, ctx) => {
    const name = eitherParameter(w, values, ctx);
    const given = ctx.tensorOf(values.get(name) as Value, name);
    if (given.rank === 0) {
      const text = `\`${name}\` parameter must be at least one-dimensional.`;
      ctx.fail({
        code: 'rank-mismatch',
        exception: 'ValueError',
        text,
        message: `Categorical: \`${name}\` has no dimensions`,
        origins: [given.origin],
      });
    }
    const last = w.n(-1);
    if (name === 'probs') {
      const total = w.interp.call(w.interp.getAttr(given.object, 'sum'), [last], new Map([['keepdim', w.interp.bool(true)]]));
      const probs = w.op(given.object, '/', total);
      w.self.attrs.set('probs', probs);
      w.self.attrs.set('logits', w.of(clamped(w, probs), 'log'));
      return;
    }
    const total = w.interp.call(w.interp.getAttr(given.object, 'logsumexp'), [last], new Map([['keepdim', w.interp.bool(true)]]));
    const logits = w.op(given.object, '-', total);
    w.self.attrs.set('logits', logits);
    w.self.attrs.set('probs', w.fn('softmax', logits, last));
  },
  methods: {
    sample: (w, call) => {
      const probs = w.get('probs');
      const batch = getItem(w.interp, w.shape(probs), { kind: 'slice', start: w.interp.none, stop: w.n(-1), step: w.interp.none });
      const events = getItem(w.interp, w.shape(probs), w.n(-1));
      const sample = argument(call, 0, 'sample_shape') ?? w.interp.tuple([]);
      const sizes = w.interp.items(sample);
      const count = sizes === undefined ? w.interp.freshInt('?', { least: 1 }) : sizes.reduce<Value>((n, s) => w.op(n, '*', s), w.n(1));
      return w.quietly(() => {
        const flat = w.of(probs, 'reshape', w.n(-1), events);
        const drawn = w.of(w.fn('multinomial', flat, count, w.interp.bool(true)), 't');
        return w.of(drawn, 'reshape', w.op(w.interp.tuple(sizes ?? []), '+', batch));
      });
    },
    log_prob: (w, call, ctx) => {
      const value = w.of(w.of(requireSupport(w, ctx, argument(call, 0, 'value') ?? w.interp.none, -1), 'long'), 'unsqueeze', w.n(-1));
      const both = w.interp.items(w.fn('broadcast_tensors', value, w.get('logits'))) ?? [];
      if (both.length !== 2) return w.interp.unknown('log_prob');
      const index = w.of(both[0] as Value, 'narrow', w.n(-1), w.n(0), w.n(1));
      return w.of(w.of(both[1] as Value, 'gather', w.n(-1), index), 'squeeze', w.n(-1));
    },
    entropy: (w) => w.of(w.of(w.op(w.get('logits'), '*', w.get('probs')), 'sum', w.n(-1)), 'neg'),
  },
  properties: {
    mode: (w) => w.of(w.get('probs'), 'argmax', w.n(-1)),
    param_shape: (w) => w.shape(w.get('probs')),
    batch_shape: (w) =>
      getItem(w.interp, w.shape(w.get('probs')), { kind: 'slice', start: w.interp.none, stop: w.n(-1), step: w.interp.none }),
  },
};

/** `Value is not broadcastable with batch_shape+event_shape: …`; `drop` takes off the parameter's event dimension. */
function requireSupport(w: Writer, ctx: Context, given: Value, drop: 0 | -1): Value {
  const value = w.interp.resolve(given);
  const x = payloadOf(value);
  const parameter = payloadOf(
    w.interp.resolve(w.get(drop === -1 ? 'logits' : w.self.cls.name === 'Bernoulli' ? 'probs' : w.self.attrs.has('loc') ? 'loc' : 'low')),
  );
  if (x === undefined || parameter === undefined) return value;
  const { world } = stateOf(w.interp);
  const [a, b] = [world.resolve(x.shape), world.resolve(parameter.shape)];
  if (a.run !== undefined || b.run !== undefined) return value;
  const batch = drop === -1 ? b.head.slice(0, -1) : b.head;
  for (let i = 1; i <= Math.min(a.head.length, batch.length); i++) {
    const [m, n] = [ctx.known(a.head.at(-i)), ctx.known(batch.at(-i))];
    if (m === undefined || n === undefined || m === n || m === 1 || n === 1) continue;
    ctx.fail({
      code: 'broadcast-mismatch',
      exception: 'ValueError',
      text: `Value is not broadcastable with batch_shape+event_shape: torch.Size(${ctx.list(a.head)}) vs torch.Size(${ctx.list(batch)}).`,
      message: `${ctx.name}: the value is ${ctx.spell(a)}, the distribution ${ctx.spell(batch)}`,
      origins: [x.origin],
    });
  }
  return value;
}

const LOG_SQRT = Math.log(Math.sqrt(2 * Math.PI));

const normal: DistributionForm = {
  name: 'Normal',
  parameters: 'loc, scale, validate_args=None',
  shown: ['loc', 'scale'],
  init: (w, values) => broadcastAll(w, ['loc', 'scale'], [values.get('loc') as Value, values.get('scale') as Value]),
  methods: {
    sample: (w, call) => {
      const shape = w.extended(argument(call, 0, 'sample_shape'), w.get('loc'));
      return w.quietly(() => w.fn('normal', w.of(w.get('loc'), 'expand', shape), w.of(w.get('scale'), 'expand', shape)));
    },
    rsample: (w, call) => {
      const shape = w.extended(argument(call, 0, 'sample_shape'), w.get('loc'));
      const noise = w.fn('normal', w.fn('zeros', shape), w.fn('ones', shape));
      return w.op(w.get('loc'), '+', w.op(noise, '*', w.get('scale')));
    },
    log_prob: (w, call, ctx) => {
      const value = requireSupport(w, ctx, argument(call, 0, 'value') ?? w.interp.none, 0);
      const variance = w.op(w.get('scale'), '**', w.n(2));
      const square = w.of(w.op(w.op(value, '-', w.get('loc')), '**', w.n(2)), 'neg');
      const first = w.op(square, '/', w.op(w.n(2), '*', variance));
      return w.op(w.op(first, '-', w.of(w.get('scale'), 'log')), '-', w.interp.float(LOG_SQRT));
    },
    entropy: (w) => w.op(w.interp.float(0.5 + 0.5 * Math.log(2 * Math.PI)), '+', w.fn('log', w.get('scale'))),
  },
  properties: {
    mean: (w) => w.get('loc'),
    mode: (w) => w.get('loc'),
    stddev: (w) => w.get('scale'),
    variance: (w) => w.op(w.get('scale'), '**', w.n(2)),
    batch_shape: (w) => w.shape(w.get('loc')),
  },
};

const crossEntropy = (w: Writer, logits: Value, target: Value): Value => {
  const functional = w.interp.getAttr(w.interp.getAttr(w.torch, 'nn'), 'functional');
  const fn = w.interp.getAttr(functional, 'binary_cross_entropy_with_logits');
  return w.interp.call(fn, [logits, target], new Map([['reduction', w.interp.str('none')]]));
};

const bernoulli: DistributionForm = {
  name: 'Bernoulli',
  parameters: 'probs=None, logits=None, validate_args=None',
  shown: ['probs', 'logits'],
  init: (w, values, ctx) => {
    const name = eitherParameter(w, values, ctx);
    broadcastAll(w, [name], [values.get(name) as Value]);
    const given = w.get(name);
    if (name === 'logits') w.self.attrs.set('probs', w.fn('sigmoid', given));
    else {
      const probs = clamped(w, given);
      w.self.attrs.set('logits', w.op(w.fn('log', probs), '-', w.fn('log1p', w.of(probs, 'neg'))));
    }
  },
  methods: {
    sample: (w, call) => {
      const shape = w.extended(argument(call, 0, 'sample_shape'), w.get('probs'));
      return w.quietly(() => w.fn('bernoulli', w.of(w.get('probs'), 'expand', shape)));
    },
    log_prob: (w, call, ctx) => {
      const value = requireSupport(w, ctx, argument(call, 0, 'value') ?? w.interp.none, 0);
      const both = w.interp.items(w.fn('broadcast_tensors', w.get('logits'), value)) ?? [];
      return both.length === 2 ? w.of(crossEntropy(w, both[0] as Value, both[1] as Value), 'neg') : w.interp.unknown('log_prob');
    },
    entropy: (w) => crossEntropy(w, w.get('logits'), w.get('probs')),
  },
  properties: {
    mean: (w) => w.get('probs'),
    variance: (w) => w.op(w.get('probs'), '*', w.op(w.n(1), '-', w.get('probs'))),
    param_shape: (w) => w.shape(w.get('probs')),
    batch_shape: (w) => w.shape(w.get('probs')),
  },
};

const uniform: DistributionForm = {
  name: 'Uniform',
  parameters: 'low, high, validate_args=None',
  shown: ['low', 'high'],
  init: (w, values) => broadcastAll(w, ['low', 'high'], [values.get('low') as Value, values.get('high') as Value]),
  methods: {
    sample: (w, call) => w.quietly(() => drawUniform(w, call)),
    rsample: (w, call) => drawUniform(w, call),
    entropy: (w) => w.fn('log', w.op(w.get('high'), '-', w.get('low'))),
  },
  properties: {
    mean: (w) => w.op(w.op(w.get('high'), '+', w.get('low')), '/', w.n(2)),
    batch_shape: (w) => w.shape(w.get('low')),
  },
};

function drawUniform(w: Writer, call: NativeCall): Value {
  const drawn = w.fn('rand', w.extended(argument(call, 0, 'sample_shape'), w.get('low')));
  return w.op(w.get('low'), '+', w.op(drawn, '*', w.op(w.get('high'), '-', w.get('low'))));
}

/** `Normal(loc: torch.Size([2, 3]), scale: torch.Size([2, 3]))` */
function textOf(w: Writer, shown: readonly string[]): string | undefined {
  const parts = shown.map((name) => {
    const value = w.interp.resolve(w.get(name));
    const one = w.interp.asNumber(w.of(value, 'numel')) === 1;
    const text = one ? w.interp.asString(w.of(value, '__format__', w.interp.str(''))) : w.interp.repr(w.shape(value));
    return text === undefined ? undefined : `${name}: ${text}`;
  });
  return parts.includes(undefined) ? undefined : `${w.self.cls.name}(${parts.join(', ')})`;
}

function distributionClass(interp: Interpreter, form: DistributionForm, base: ClassValue, torch: ModuleValue): ClassValue {
  const signature = parseSignature(`def ${form.name}.__init__(self, ${form.parameters})`);
  const attrs: Record<string, Value> = {
    __init__: interp.native(`${form.name}.__init__`, (call) => {
      const bound = bindPython(interp, signature, call.args, call.kwargs);
      const self = interp.resolve(bound.values.get('self') as Value);
      if (self.kind === 'object') form.init(new Writer(interp, self, torch), bound.values, new Context(interp, form.name, call.node));
      return interp.none;
    }),
    __repr__: method(interp, '__repr__', (_, self) => interp.str(textOf(new Writer(interp, self, torch), form.shown))),
  };
  for (const [name, body] of Object.entries(form.methods)) {
    attrs[name] = method(interp, name, (ctx, self, call) =>
      body(new Writer(interp, self, torch), call, new Context(interp, form.name, ctx.node)),
    );
  }
  for (const [name, read] of Object.entries({ event_shape: (w: Writer) => emptySize(w), ...form.properties })) {
    attrs[name] = {
      kind: 'property',
      cached: false,
      set: undefined,
      get: method(interp, name, (_, self) => read(new Writer(interp, self, torch))),
    };
  }
  return interp.nativeClass({ name: form.name, module: `torch.distributions.${form.name.toLowerCase()}`, bases: [base], attrs });
}

const emptySize = (w: Writer): Value => w.interp.tuple([], { cls: stateOf(w.interp).classes.size });

/** Puts the distributions into torch.distributions. */
export function installDistributions(interp: Interpreter, module: (name: string) => ModuleValue): void {
  const home = module('torch.distributions');
  const base = interp.nativeClass({ name: 'Distribution', module: 'torch.distributions.distribution' });
  home.attrs.set('Distribution', base);
  for (const form of [categorical, normal, bernoulli, uniform])
    home.attrs.set(form.name, distributionClass(interp, form, base, module('torch')));
}
