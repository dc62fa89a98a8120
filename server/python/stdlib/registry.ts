/**
 * The standard library (and what programs use of NumPy on plain numbers): which modules are modelled, each built when it is first imported. Every other module of Python is
 * open: importing it works, and nothing is known of what is in it.
 */
import type { Interpreter } from '../interpreter.ts';
import type { ModuleValue } from '../values.ts';
import { argparseModule } from './argparse.ts';
import { abstractCollections, collectionsModule } from './collections.ts';
import { abcModule, contextlibModule } from './contextlib.ts';
import { copyModule } from './copy.ts';
import { dataclassesModule } from './dataclasses.ts';
import { enumModule } from './enum.ts';
import { functoolsModule } from './functools.ts';
import { bisectModule, heapqModule } from './heapq.ts';
import { inspectModule } from './inspect.ts';
import { ioModule } from './io.ts';
import { itertoolsModule } from './itertools.ts';
import { jsonModule } from './json.ts';
import { loggingModule, warningsModule } from './logging.ts';
import { mathModule } from './math.ts';
import { numpyModule } from './numpy.ts';
import { operatorModule } from './operator.ts';
import { osModule, pathlibModule, pathModule } from './os.ts';
import { randomModule } from './random.ts';
import { reModule } from './re.ts';
import { statisticsModule } from './statistics.ts';
import { gcModule, platformModule, stringModule, sysModule } from './sys.ts';
import { pprintModule, textwrapModule, typesModule } from './text-modules.ts';
import { timeModule } from './time.ts';
import { typingModule } from './typing.ts';

type Build = (interp: Interpreter, name: string) => ModuleValue;

const modules: Readonly<Record<string, Build>> = {
  __future__: (interp, name) => interp.openModule(name),
  abc: abcModule,
  argparse: argparseModule,
  bisect: bisectModule,
  builtins: (interp, name) => interp.module(name, interp.builtins.names),
  collections: collectionsModule,
  'collections.abc': abstractCollections,
  contextlib: contextlibModule,
  copy: copyModule,
  dataclasses: dataclassesModule,
  enum: enumModule,
  functools: functoolsModule,
  gc: gcModule,
  heapq: heapqModule,
  inspect: inspectModule,
  // A check leaves files alone.
  io: (interp, name) => (interp.mode === 'run' ? ioModule(interp) : interp.openModule(name)),
  itertools: itertoolsModule,
  json: jsonModule,
  logging: loggingModule,
  math: mathModule,
  numpy: numpyModule,
  operator: operatorModule,
  os: osModule,
  'os.path': pathModule,
  pathlib: pathlibModule,
  platform: platformModule,
  pprint: pprintModule,
  random: randomModule,
  re: reModule,
  statistics: statisticsModule,
  string: stringModule,
  sys: sysModule,
  textwrap: textwrapModule,
  time: timeModule,
  types: typesModule,
  typing: typingModule,
  typing_extensions: typingModule,
  warnings: warningsModule,
};

/** Undefined where the module is not modelled. */
export function standardModule(interp: Interpreter, name: string): ModuleValue | undefined {
  return Object.hasOwn(modules, name) ? modules[name]?.(interp, name) : undefined;
}
