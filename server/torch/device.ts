/**
 * The device that tensors are made on: which values name one. Where they are makes no difference to a shape.
 */
import type { Value } from '../python/values.ts';
import type { Context } from './context.ts';
import { typeNameOf } from './types.ts';

const DEVICES =
  'cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, vulkan, mps, meta, hpu, mtia, privateuseone'.split(
    ', ',
  );

/** What can be no device whatever the machine has, as `torch.empty` refuses it. An index is one where there are accelerators. */
const NEVER: ReadonlySet<Value['kind']> = new Set(['bool', 'float', 'complex', 'list', 'tuple', 'dict', 'set']);

/** A device is a string that starts with one of the known types, a torch.device, or an index. */
export function requireDevice(ctx: Context, device: Value): void {
  if (NEVER.has(device.kind)) {
    const type = typeNameOf(ctx.interp, device);
    ctx.fail({
      code: 'call-arguments',
      exception: 'TypeError',
      message: `${ctx.name}: \`device\` is ${type}, which names none`,
      text: `empty(): argument 'device' must be torch.device, not ${type}`,
    });
  }
  requireDeviceName(ctx, device);
}

/** A string names a device by its type and perhaps a number. */
export function requireDeviceName(ctx: Context, device: Value): void {
  const name = ctx.interp.asString(device);
  if (name === undefined || DEVICES.includes(name.split(':')[0] as string)) return;
  ctx.fail({
    code: 'invalid-argument',
    message: `${ctx.name}: there is no device '${name}'`,
    text: `Expected one of ${DEVICES.join(', ')} device type at start of device string: ${name}`,
  });
}
