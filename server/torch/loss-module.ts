/**
 * The common form of loss modules: a constructor that keeps its options, and a call that is one function of `torch.nn.functional`.
 */
import type { Value } from '../python/values.ts';
import { apply } from './apply.ts';
import type { Arguments } from './arguments.ts';
import type { ModuleEntry, Operation } from './entry.ts';
import type { ModuleScope } from './module-context.ts';
import { adopt } from './module-registry.ts';
import { legacyReduction } from './reduction.ts';
import { payloadOf } from './tensor.ts';

export interface LossForm {
  readonly name: string;
  readonly op: Operation;
  /** The constructor's parameters without `self`. */
  readonly init?: string;
  /** Names of `forward`, in the order of the function. */
  readonly inputs?: readonly string[];
  /** Options handed to the function under the same names. */
  readonly options?: readonly string[];
  readonly buffers?: readonly string[];
  readonly check?: (m: ModuleScope, a: Arguments) => void;
  readonly shape: string;
  readonly samples: readonly string[];
  readonly errors?: ModuleEntry['errors'];
}

export const LEGACY = "size_average=None, reduce=None, reduction='mean'";

export function lossModule(form: LossForm): ModuleEntry {
  const { name, op, options = [], buffers = [], inputs = ['input', 'target'] } = form;
  const init = form.init ?? LEGACY;
  const owner = init === LEGACY ? '_Loss' : init === `weight=None, ${LEGACY}` ? '_WeightedLoss' : name;
  return {
    name: `nn.${name}`,
    init: `def ${owner}.__init__(self, ${init})`,
    construct: (m, a) => {
      for (const buffer of buffers) registerBuffer(m, a, buffer);
      form.check?.(m, a);
      const legacy = a.exists('size_average') ? legacyReduction(m, a.value('size_average'), a.value('reduce')) : null;
      m.set('reduction', legacy === null ? a.value('reduction') : m.interp.str(legacy));
      for (const option of options) m.set(option, a.value(option));
    },
    forward: `def ${name}.forward(self, ${inputs.join(', ')})`,
    shape: form.shape,
    call: (m, a) => {
      const named = new Map<string, Value>([...buffers, ...options, 'reduction'].map((o) => [o, m.attr(o)] as const));
      return apply(
        m,
        op,
        inputs.map((i) => a.value(i)),
        named,
      );
    },
    samples: form.samples,
    ...(form.errors === undefined ? {} : { errors: form.errors }),
    doc: `nn.${name}`,
  };
}

/** `register_buffer`, which takes a tensor or None. */
function registerBuffer(m: ModuleScope, a: Arguments, name: string): void {
  const value = a.value(name);
  if (value.kind === 'none') {
    m.noBuffer(name);
    return;
  }
  if (value.kind !== 'unknown' && value.kind !== 'choice' && payloadOf(value) === undefined && !m.interp.classOf(value).open) {
    const type = m.interp.typeName(value);
    m.fail({
      code: 'not-a-tensor',
      exception: 'TypeError',
      message: `${m.name}: \`${name}\` is ${type}, not a tensor`,
      text: `cannot assign '${type}' object to buffer '${name}' (torch Tensor or None required)`,
    });
  }
  adopt(m.interp, m.self, name, value, 'buffer');
}
