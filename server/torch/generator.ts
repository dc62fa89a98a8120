/**
 * `torch.Generator` and the functions on the default stream: seeding, seeds, and states as the bytes PyTorch keeps them in.
 */
import { constant } from '../dims/dim.ts';
import { fromBuffer } from '../kernels/array.ts';
import { Generator } from '../kernels/random.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { address } from '../python/text.ts';
import type { ClassValue, ModuleValue, NativeCall, ObjectValue, Value } from '../python/values.ts';
import { shapeOf } from '../shapes/shape.ts';
import { valueOfArray } from './apply.ts';
import { Context } from './context.ts';
import { argument, method } from './optimizer.ts';
import { GeneratorPayload, generatorOf, stateOf } from './state.ts';
import { payloadOf, TensorPayload } from './tensor.ts';

const STATE_BYTES = 5056;
const WORDS = 624;
/** Places in the library's struct: seed, words left, whether seeded, words read, the words, the spare normal and whether there is one. */
const AT = { seed: 0, left: 8, seeded: 12, next: 16, words: 24, spare: 24 + 8 * WORDS + 8, hasSpare: 24 + 8 * WORDS + 24 } as const;

function stateBytes(stream: Generator): Uint8Array {
  const bytes = new Uint8Array(STATE_BYTES);
  const view = new DataView(bytes.buffer);
  const { words, next, cached } = stream.getState();
  view.setBigUint64(AT.seed, BigInt.asUintN(64, BigInt(stream.initialSeed)), true);
  view.setInt32(AT.left, 1 + WORDS - next, true);
  view.setInt32(AT.seeded, 1, true);
  view.setBigUint64(AT.next, BigInt(next), true);
  words.forEach((word, i) => view.setBigUint64(AT.words + 8 * i, BigInt(word), true));
  if (cached !== undefined) {
    view.setFloat64(AT.spare, cached, true);
    view.setInt32(AT.hasSpare, 1, true);
  }
  return bytes;
}

function restore(stream: Generator, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = Uint32Array.from({ length: WORDS }, (_, i) => view.getUint32(AT.words + 8 * i, true));
  const cached = view.getInt32(AT.hasSpare, true) === 1 ? view.getFloat64(AT.spare, true) : undefined;
  stream.setState({ words, next: 1 + WORDS - view.getInt32(AT.left, true), cached }, view.getBigUint64(AT.seed, true));
}

/** A state as a tensor of bytes; in a check only its shape. */
function stateTensor(ctx: Context, stream: Generator | undefined): Value {
  if (stream !== undefined) return valueOfArray(ctx, fromBuffer(stateBytes(stream), [STATE_BYTES], 'uint8'));
  return ctx.interp.object(
    ctx.state.classes.tensor,
    new TensorPayload({ shape: shapeOf([constant(STATE_BYTES)]), dtype: 'uint8', layout: 'contiguous', requiresGrad: false }),
  );
}

function takeState(ctx: Context, stream: Generator | undefined, given: Value | undefined): void {
  const value = ctx.interp.resolve(given ?? ctx.interp.none);
  const payload = payloadOf(value);
  if (payload === undefined) {
    if (value.kind !== 'unknown') ctx.interp.raise('TypeError', 'expected a torch.ByteTensor, but got ' + ctx.interp.typeName(value));
    return;
  }
  if (payload.dtype !== undefined && payload.dtype !== 'uint8') ctx.interp.raise('TypeError', 'RNG state must be a torch.ByteTensor');
  const bytes = payload.values?.dense();
  if (stream === undefined || bytes === undefined) return;
  if (bytes.length !== STATE_BYTES) ctx.interp.raise('RuntimeError', 'RNG state is wrong size');
  restore(stream, bytes as Uint8Array);
}

/** The seed that is given, as an unsigned number; undefined where it is not known. */
function seedIn(ctx: Context, given: Value | undefined): bigint | undefined {
  const { interp } = ctx;
  const value = interp.resolve(given ?? interp.none);
  if (value.kind === 'unknown' || value.kind === 'choice') return undefined;
  if (value.kind !== 'int' && value.kind !== 'bool') {
    interp.raise('RuntimeError', `manual_seed expected a long, but got ${interp.typeName(value)}`);
  }
  const big = value.kind === 'int' ? value.big : undefined;
  const n = big ?? interp.asNumber(value);
  return n === undefined ? undefined : BigInt.asUintN(64, BigInt(n));
}

/** A seed as Python shows it. */
function seedValue(interp: Interpreter, stream: Generator | undefined): Value {
  if (stream === undefined) return interp.freshInt('seed', { least: 0 });
  const seed = BigInt.asUintN(64, BigInt(stream.initialSeed));
  return seed <= BigInt(Number.MAX_SAFE_INTEGER) ? interp.int(Number(seed)) : interp.bigint(seed);
}

function makeGenerator(interp: Interpreter, stream: Generator | undefined): ObjectValue {
  return interp.object(stateOf(interp).classes.generator, new GeneratorPayload(stream));
}

export function createGeneratorClass(interp: Interpreter): ClassValue {
  const streamOf = (self: ObjectValue): Generator | undefined => generatorOf(self)?.stream;
  const fresh = (): Generator | undefined => (interp.mode === 'run' ? new Generator() : undefined);
  return interp.nativeClass({
    name: 'Generator',
    module: 'torch._C',
    open: true,
    attrs: {
      __repr__: interp.native('__repr__', (call) =>
        interp.str(`<torch._C.Generator object at ${address((call.args[0] as ObjectValue).id)}>`),
      ),
      device: {
        kind: 'property',
        get: interp.native('device', () => interp.call(stateOf(interp).classes.device, [interp.str('cpu')])),
        set: undefined,
        cached: false,
      },
      manual_seed: method(interp, 'manual_seed', (ctx, self, call) => {
        const seed = seedIn(ctx, argument(call, 0, 'seed'));
        if (seed !== undefined) streamOf(self)?.manualSeed(seed);
        return self;
      }),
      initial_seed: method(interp, 'initial_seed', (_, self) => seedValue(interp, streamOf(self))),
      get_state: method(interp, 'get_state', (ctx, self) => stateTensor(ctx, streamOf(self))),
      set_state: method(interp, 'set_state', (ctx, self, call) => {
        takeState(ctx, streamOf(self), argument(call, 0, 'new_state'));
        return self;
      }),
      clone_state: method(interp, 'clone_state', (_, self) => {
        const [stream, copy] = [streamOf(self), fresh()];
        if (stream !== undefined && copy !== undefined) restore(copy, stateBytes(stream));
        return makeGenerator(interp, copy);
      }),
    },
    construct: () => makeGenerator(interp, fresh()),
  });
}

/** The functions of torch and torch.random that speak of the default stream. */
export function installDefaultGenerator(interp: Interpreter, module: (name: string) => ModuleValue): void {
  const stream = stateOf(interp).generator;
  const running = interp.mode === 'run' ? stream : undefined;
  const generator = makeGenerator(interp, running);
  module('torch').attrs.set('default_generator', generator);
  const functions: Readonly<Record<string, (ctx: Context, call: NativeCall) => Value>> = {
    manual_seed: (ctx, call) => {
      const seed = seedIn(ctx, argument(call, 0, 'seed'));
      if (seed !== undefined) stream.manualSeed(seed);
      return generator;
    },
    initial_seed: () => seedValue(interp, running),
    get_rng_state: (ctx) => stateTensor(ctx, running),
    set_rng_state: (ctx, call) => {
      takeState(ctx, running, argument(call, 0, 'new_state'));
      return interp.none;
    },
  };
  for (const [name, body] of Object.entries(functions)) {
    const value = interp.native(name, (call) => body(new Context(interp, name, call.node), call));
    module('torch').attrs.set(name, value);
    module('torch.random').attrs.set(name, value);
  }
}
