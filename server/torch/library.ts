/**
 * The library as the interpreter imports it: `torch` and its submodules, with what has an entry modelled and what has
 * none unknown (or, misspelt, missing).
 */
import type { Dim } from '../dims/dim.ts';
import { defaultDtype, setDefaultDtype } from '../kernels/dtype.ts';
import { DEFAULT_PRINT_OPTIONS } from '../kernels/print.ts';
import { Generator } from '../kernels/random.ts';
import { callValue } from '../python/calls.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { Library } from '../python/library.ts';
import { isUnnamed } from '../python/one-of-many.ts';
import type { Node } from '../python/syntax.ts';
import type { ClassValue, ModuleValue, ObjectValue, UnknownValue, Value } from '../python/values.ts';
import type { Shape } from '../shapes/shape.ts';
import { freshRun, unknownShape, withRun } from '../shapes/shape.ts';
import { World } from '../shapes/world.ts';
import { createAnnotationTypes } from './annotation-types.ts';
import { signaturesOf } from './apply.ts';
import { installAutogradFunction } from './autograd-function.ts';
import { mayTake } from './binding.ts';
import { Context, SHAPE_NOTE } from './context.ts';
import { installDataLoader } from './data-loader.ts';
import { installDataLoading } from './data-loading.ts';
import { DataWriter, installDatasets } from './datasets.ts';
import { installDistributions } from './distributions.ts';
import { installExtras } from './extras.ts';
import { createGeneratorClass, installDefaultGenerator } from './generator.ts';
import { createModuleClass } from './module.ts';
import { moduleClass } from './module-class.ts';
import { FUNCTIONAL_NAMES, NN_NAMES, TORCH_NAMES } from './names.ts';
import { createNumpy } from './numpy.ts';
import { installOptimizers } from './optimizers.ts';
import { createPackedClass } from './packed.ts';
import { installReparametrizations, PARAMETRIZATIONS } from './reparametrization.ts';
import { installSaving } from './saving.ts';
import { installSchedulers } from './schedulers.ts';
import type { Signature } from './signature.ts';
import { sizeValue } from './size.ts';
import type { TorchClasses, TorchState } from './state.ts';
import { setState, stateOf } from './state.ts';
import { MODULE_INDEX, moduleEntry, OPERATION_INDEX } from './table.ts';
import { isTakenForTensor, payloadOf } from './tensor.ts';
import {
  createConstantClasses,
  createConstants,
  createParameterClass,
  createSizeClass,
  createTensorClass,
  nativeOf,
  unmodelled,
} from './tensor-class.ts';
import { unknownItem } from './unknown-items.ts';
import { notedCall, unknownOperation } from './unknown-operations.ts';

export interface TorchOptions {
  /** In a run, compares each kernel's shape with the rule's. */
  readonly selfCheck?: boolean;
}

export function createTorch(options: TorchOptions = {}): Library {
  return new Torch(options);
}

const MODULE_NAMES: readonly string[] = [
  'einops',
  'einops.layers',
  'einops.layers.torch',
  'torch',
  'torch.nn',
  'torch.nn.functional',
  'torch.nn.init',
  'torch.nn.parameter',
  'torch.nn.modules',
  'torch.nn.utils',
  'torch.nn.utils.rnn',
  PARAMETRIZATIONS,
  'torch.autograd',
  'torch.linalg',
  'torch.optim',
  'torch.optim.lr_scheduler',
  'torch.utils',
  'torch.utils.data',
  'torch.random',
  'torch.cuda',
  'torch.fft',
  'torch.special',
  'torch.types',
  'torch.jit',
  'torch.distributions',
  'torch.backends',
  'torch.testing',
  'torch.onnx',
  'torch.sparse',
  'torch.nested',
  'torch.masked',
  'torch.func',
  'torch.amp',
  'torch.compiler',
  'torch.overrides',
  'torch.quantization',
  'torch.profiler',
  'torch.hub',
];

/** Where every public name is known, a name that is none of them does not exist. */
/** What packages of other makers add to `torch` for their devices. */
const BACK_ENDS: ReadonlySet<string> = new Set(['gcu', 'hpu', 'mlu', 'musa', 'npu', 'privateuseone', 'sdaa', 'tpu', 'xla']);

const NAMES: Readonly<Record<string, ReadonlySet<string>>> = {
  torch: TORCH_NAMES,
  'torch.nn': NN_NAMES,
  'torch.nn.functional': FUNCTIONAL_NAMES,
};

class Torch implements Library {
  readonly sizeAttributes: ReadonlySet<string> = new Set(['shape', 'size', 'dim', 'ndim', 'numel']);
  private readonly options: TorchOptions;
  private interp: Interpreter | undefined;
  private readonly modules = new Map<string, ModuleValue>();
  private numpy: ReadonlyMap<string, ModuleValue> | undefined;
  private annotationTypes: ReadonlyMap<string, ModuleValue> | undefined;

  constructor(options: TorchOptions) {
    this.options = options;
  }

  install(interp: Interpreter): void {
    this.interp = interp;
    setDefaultDtype('float32');
    this.modules.clear();
    this.numpy = undefined;
    this.annotationTypes = undefined;
    const classes = {} as { -readonly [K in keyof TorchClasses]: ClassValue };
    const state: TorchState = {
      world: new World(interp.heap.trail, interp.facts),
      generator: new Generator(),
      classes,
      dtypes: new Map<string, ObjectValue>(),
      modules: new Map(),
      classNamed: (name) => {
        const entry = moduleEntry(name);
        if (entry === undefined) throw new Error(`no module '${name}'`);
        return moduleClass(interp, entry);
      },
      runLengths: new Map(),
      packingSeen: false,
      gradEnabled: true,
      autocasts: 0,
      printOptions: DEFAULT_PRINT_OPTIONS,
      hiddenGradient: undefined,
      selfCheck: this.options.selfCheck === true,
      warned: new Set(),
    };
    setState(interp, state);
    Object.assign(classes, createConstantClasses(interp));
    classes.size = createSizeClass(interp);
    classes.generator = createGeneratorClass(interp);
    classes.tensor = createTensorClass(interp);
    classes.parameter = createParameterClass(interp, classes.tensor);
    classes.packed = createPackedClass(interp);
    classes.module = createModuleClass(interp);
    const torch = this.make('torch');
    for (const [name, value] of createConstants(interp, state.dtypes)) torch.attrs.set(name, value);
    for (const name of ['Tensor', 'Size', 'dtype', 'device', 'layout', 'memory_format', 'Generator'] as const) {
      torch.attrs.set(name, classes[CLASS_KEYS[name]]);
    }
    torch.attrs.set('nn', this.make('torch.nn'));
    const nn = this.make('torch.nn');
    nn.attrs.set('Module', classes.module);
    nn.attrs.set('Parameter', classes.parameter);
    this.make('torch.nn.utils.rnn').attrs.set('PackedSequence', classes.packed);
    this.make('torch.nn.parameter').attrs.set('Parameter', classes.parameter);
    for (const name of ['torch.nn.modules', 'torch.nn.modules.module']) this.make(name).attrs.set('Module', classes.module);
    installExtras(interp, (name) => this.make(name));
    installDataLoading(interp, (name) => this.make(name));
    installDefaultGenerator(interp, (name) => this.make(name));
    installOptimizers(interp, (name) => this.make(name));
    installSchedulers(interp, (name) => this.make(name));
    installDistributions(interp, (name) => this.make(name));
    installReparametrizations(interp, (name) => this.make(name));
    // A check knows nothing of what a loader gives; a run loads.
    if (interp.mode === 'run') {
      installAutogradFunction(interp, (name) => this.make(name));
      installSaving(interp, torch);
      const writer = new DataWriter(interp, torch);
      const home = this.make('torch.utils.data');
      installDataLoader(writer, home, installDatasets(writer, home));
    }
  }

  module(name: string): ModuleValue | undefined {
    if (MODULE_NAMES.includes(name) || OPERATION_INDEX.has(name)) return this.make(name);
    if (name.startsWith('torch.nn.modules.')) return this.make(name);
    if (name === 'numpy' || name === 'numpy.random') return this.arrays(name);
    if (name === 'jaxtyping' || name === 'torchtyping') {
      this.annotationTypes ??= createAnnotationTypes(this.interp as Interpreter);
      return this.annotationTypes.get(name);
    }
    return undefined;
  }

  /** NumPy's modules; a run does not model them. */
  private arrays(name: string): ModuleValue | undefined {
    const interp = this.interp as Interpreter;
    if (interp.mode === 'run') return undefined;
    this.numpy ??= createNumpy(interp, this.make('torch'));
    return this.numpy.get(name);
  }

  ambient(interp: Interpreter): string {
    const { packingSeen, gradEnabled, warned } = stateOf(interp);
    return `${packingSeen} ${gradEnabled} ${defaultDtype()} ${[...warned].join()}`;
  }

  namesIn(module: string): Iterable<string> {
    const own = [OPERATION_INDEX.get(module)?.keys() ?? [], MODULE_INDEX.get(module)?.keys() ?? [], NAMES[module] ?? []];
    return own.flatMap((names) => [...names]);
  }

  private make(name: string): ModuleValue {
    const known = this.modules.get(name);
    if (known !== undefined) return known;
    const interp = this.interp as Interpreter;
    const made: ModuleValue = interp.module(name, {}, (attribute) => this.attribute(name, made, attribute));
    this.modules.set(name, made);
    return made;
  }

  private attribute(module: string, made: ModuleValue, attribute: string): Value | undefined {
    const interp = this.interp as Interpreter;
    // The files that the layers stand in hold more than `torch.nn` shows.
    const file = module.startsWith('torch.nn.modules');
    const home = file ? 'torch.nn' : module;
    if (module === 'torch.nn.utils.rnn' && attribute.includes('pack')) stateOf(interp).packingSeen = true;
    const op = OPERATION_INDEX.get(home)?.get(attribute);
    const entry = MODULE_INDEX.get(home)?.get(attribute);
    let value: Value | undefined;
    if (op !== undefined) value = nativeOf(interp, op, attribute, false);
    else if (entry !== undefined) value = moduleClass(interp, entry);
    else if (MODULE_NAMES.includes(`${module}.${attribute}`)) value = this.make(`${module}.${attribute}`);
    else if (module === 'torch.nn.modules' && /^[a-z]/.test(attribute)) value = this.make(`${module}.${attribute}`);
    else if (!file && NAMES[home]?.has(attribute) === false && !attribute.startsWith('_') && !BACK_ENDS.has(attribute)) return undefined;
    else value = unmodelled(interp, `${home}.${attribute}`);
    made.attrs.set(attribute, value);
    return value;
  }

  unknownAttribute(interp: Interpreter, unknown: UnknownValue, name: string): Value | undefined {
    // In the context of an autograd function stands what its `forward` put there.
    if (name === 'shape' && unknown.name !== 'ctx' && !isOtherLibrary(interp)) {
      return sizeValue(interp, notedShape(unknown), true);
    }
    return undefined;
  }

  /** Calling a method that only tensors have (`x.unsqueeze(0)`) tells what `x` is; reading `config.size` does not. */
  unknownCall(
    interp: Interpreter,
    unknown: UnknownValue,
    call: { readonly args: readonly Value[]; readonly kwargs: ReadonlyMap<string, Value>; readonly open: boolean },
    node: Node | undefined,
  ): Value | undefined {
    if (unknown.name === 'autocast') return interp.object(autocastClass(interp));
    // `torchvision._is_tracing()`: the program is run, not traced.
    if (unknown.name === '_is_tracing') return interp.bool(false);
    const of = unknown.notes.get('of') as UnknownValue | undefined;
    if (of === undefined || unknown.name === undefined || isOtherLibrary(interp)) return undefined;
    // Buffers, queues and windows have a `size()` too, but theirs is a number.
    if (unknown.name === 'size' && call.args.length + call.kwargs.size === 0) {
      return sizeValue(interp, notedShape(of), () => {
        if (interp.resolve(of).kind === 'unknown') new Context(interp, 'size', undefined).assumeTensor(of, true);
      });
    }
    // A sparse matrix or a frame of another library has methods of the same names that take more.
    const method = OPERATION_INDEX.get('Tensor')?.get(unknown.name);
    const signatures = method === undefined ? [] : signaturesOf(method, true);
    if (method !== undefined && !mayTake(signatures, call.kwargs.keys())) return undefined;
    // `graph.view()`, `pool.gather()`: what takes nothing is another method.
    if (method !== undefined && call.args.length + call.kwargs.size === 0 && !call.open && signatures.every((s) => s.required > 0))
      return undefined;
    if (method !== undefined && !signatures.some((s) => takesSoMany(s, call.args.length))) return undefined;
    if (isForeign(of)) return undefined;
    // A data set has the size of an item by its number; only a dimension that is written down is one.
    if (unknown.name === 'size' && [...call.args, ...call.kwargs.values()].some((arg) => interp.resolve(arg).kind !== 'int'))
      return undefined;
    // `hparams.softmax(x)`: a function that was put there.
    if (TAKES_DIM.has(unknown.name) && call.args.some((arg) => interp.resolve(arg).kind !== 'int')) return undefined;
    if (!TENSOR_ONLY.has(unknown.name)) return notedCall(interp, of, unknown.name, call, node);
    const tensor = new Context(interp, unknown.name, undefined).assumeTensor(of, COMMON.has(unknown.name) ? true : undefined);
    return callValue(interp, interp.getAttr(tensor, unknown.name), call, node);
  }

  /** It may be called under `torch.no_grad()`. */
  uncalled(interp: Interpreter): void {
    stateOf(interp).autocasts = 0;
    stateOf(interp).gradEnabled = undefined;
  }

  unknownOperation(interp: Interpreter, op: string, left: Value, right: Value | undefined): Value | undefined {
    return isOtherLibrary(interp) ? undefined : unknownOperation(interp, op, left, right);
  }

  unknownItem(interp: Interpreter, unknown: UnknownValue, index: Value): Value | undefined {
    return isOtherLibrary(interp) ? undefined : unknownItem(interp, unknown, index);
  }

  /** Those of a tensor that an operation made; one that is only taken for a tensor may be something like it. */
  knowsAttributes(_interp: Interpreter, object: Value, name: string): boolean {
    return payloadOf(object)?.dtype !== undefined && !DISTRIBUTED.has(name) && !name.startsWith('__');
  }

  isTaken(value: Value): boolean {
    return isTakenForTensor(value);
  }

  /** A tensor of the same kind whose unnamed sizes are its own. */
  oneOf(interp: Interpreter, object: ObjectValue): Value | undefined {
    const payload = payloadOf(object);
    if (payload === undefined) return undefined;
    const { world } = stateOf(interp);
    const { head, run, tail } = world.resolve(payload.shape);
    if (run === undefined && !head.some(isUnnamed)) return object;
    const own = (d: Dim): Dim => (isUnnamed(d) ? world.freshSize() : d);
    const shape = withRun(head.map(own), run === undefined ? undefined : freshRun(run.name, run.least, run.greatest), tail.map(own));
    return interp.object(object.cls, payload.with({ shape, values: undefined, bounds: undefined, live: undefined }));
  }

  mayDiffer(interp: Interpreter, object: ObjectValue): boolean {
    const payload = payloadOf(object);
    if (payload === undefined) return false;
    const { head, run, tail } = stateOf(interp).world.resolve(payload.shape);
    return run !== undefined || [...head, ...tail].some(isUnnamed);
  }

  annotated(interp: Interpreter, annotation: Value, name: string): Value | undefined {
    const v = interp.resolve(annotation);
    const { classes } = stateOf(interp);
    if (v.kind !== 'class') return undefined;
    if (v === classes.tensor) {
      const unknown = interp.unknown(name);
      new Context(interp, name, undefined).assumeTensor(unknown, true);
      return unknown;
    }
    return undefined;
  }
}

const takesSoMany = ({ params }: Signature, count: number): boolean =>
  count <= params.length || params.some(({ star, type }) => star > 0 || /^tuple/.test(type ?? ''));

/** Whether a name leads straight into a module that nobody can read: `tf.nn` in `tf.nn.softmax(x)` is not a tensor. */
function isForeign(value: UnknownValue): boolean {
  for (let at: UnknownValue | undefined = value; at !== undefined; at = at.notes.get('of') as UnknownValue | undefined) {
    if (at.notes.has('module')) return true;
  }
  return false;
}

/** A context in which types may be mixed; used as a decorator it gives a function of which nothing is known. */
function autocastClass(interp: Interpreter): ClassValue {
  const state = stateOf(interp);
  const step = (name: string, by: number): Value =>
    interp.native(name, () => {
      state.autocasts = Math.max(0, state.autocasts + by);
      return interp.none;
    });
  return interp.nativeClass({
    name: 'autocast',
    module: 'torch.amp',
    attrs: { __enter__: step('__enter__', 1), __exit__: step('__exit__', -1), __call__: interp.native('__call__', () => interp.unknown()) },
  });
}

const OTHERS = ['tensorflow', 'jax', 'flax', 'haiku', 'mxnet', 'paddle', 'keras', 'theano', 'chainer', 'mindspore', 'mlx'];

/** Whether the code at hand works with tensors of another library and has none of this one. */
function isOtherLibrary(interp: Interpreter): boolean {
  const packages = interp.modules.packagesOf(interp.frame?.file ?? '');
  return packages !== undefined && !packages.has('torch') && OTHERS.some((name) => packages.has(name));
}

/** The shape that something unknown has if it has one. */
function notedShape(unknown: UnknownValue): Shape {
  let shape = unknown.notes.get(SHAPE_NOTE) as Shape | undefined;
  if (shape === undefined) unknown.notes.set(SHAPE_NOTE, (shape = unknownShape(unknown.name)));
  return shape;
}

const CLASS_KEYS = {
  Tensor: 'tensor',
  Size: 'size',
  dtype: 'dtype',
  device: 'device',
  layout: 'layout',
  memory_format: 'memoryFormat',
  Generator: 'generator',
} as const;

/** Attributes of distributed tensors, which ordinary ones are turned into by code that is not followed. */
const DISTRIBUTED: ReadonlySet<string> = new Set(['full_tensor', 'to_local', 'placements', 'device_mesh', 'redistribute']);

/** Methods whose one argument is a dimension, among them. */
const TAKES_DIM: ReadonlySet<string> = new Set(['softmax', 'log_softmax']);

/** Methods that only tensors have, among what model code is written with: calling one tells what the value is. */
const TENSOR_ONLY: ReadonlySet<string> = new Set(
  `unsqueeze permute view size dim contiguous masked_fill masked_fill_ detach unbind view_as expand_as type_as ndimension
  log_softmax softmax matmul bmm index_select new_zeros new_ones new_full new_empty is_contiguous
  unflatten scatter_ expand triu tril element_size data_ptr
  unfold repeat_interleave movedim unsqueeze_ masked_select masked_scatter scatter_add scatter_add_ index_add index_add_ index_fill
  index_copy take_along_dim tensor_split`.split(/\s+/),
);

/** Those among them that trees, windows and arrays of other libraries have as well. */
const COMMON: ReadonlySet<string> = new Set(['expand', 'view', 'size', 'dim', 'permute', 'unbind', 'unfold', 'matmul']);
