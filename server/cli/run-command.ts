/** `shapelint run`. */
import { writeSync } from 'node:fs';
import { runProgram } from '../sample/program.ts';
import { openDocument } from './documents.ts';
import { importsFrom } from './imports.ts';
import { Usage } from './main.ts';
import { optimiseReadily } from './patience.ts';
import { parser, Unreadable } from './runtime.ts';

export interface RunFlags {
  readonly echo: boolean;
  readonly seed: number | undefined;
  readonly backend: 'auto' | 'wasm' | 'js';
  readonly selfCheck: boolean;
}

/** All that it has to say is written when it returns. */
export async function runCommand(paths: readonly string[], flags: RunFlags): Promise<number> {
  const [file, ...more] = paths;
  if (file === undefined || more.length > 0) throw new Usage('run needs one file');
  const python = await parser();
  const out = new Output(1);
  const err = new Output(2);
  try {
    const document = openDocument(python, file, undefined);
    optimiseReadily();
    const result = runProgram(document.source, {
      write: (text) => out.write(text),
      echo: flags.echo,
      importSource: importsFrom(python, paths),
      backend: flags.backend,
      clock: () => (performance.timeOrigin + performance.now()) / 1000,
      selfCheck: flags.selfCheck,
      ...(flags.seed === undefined ? {} : { seed: flags.seed }),
    });
    out.flush();
    if (result.ok) return 0;
    if ('cannot' in result) {
      err.write(`ShapeLint cannot run: ${result.cannot}${result.line === undefined ? '' : `, line ${result.line}`}\n`);
      return 1;
    }
    err.write(result.traceback);
    return result.status;
  } catch (error) {
    out.flush();
    if (!(error instanceof Unreadable)) throw error;
    err.write(`shapelint: ${error.message}\n`);
    return 2;
  } finally {
    err.flush();
  }
}

/** Standard output or error in large pieces, in order, also into a pipe that is read slowly. */
class Output {
  private text = '';
  private readonly descriptor: number;

  constructor(descriptor: 1 | 2) {
    this.descriptor = descriptor;
  }

  write(text: string): void {
    this.text += text;
    if (this.text.length > 1 << 16) this.flush();
  }

  flush(): void {
    let bytes = Buffer.from(this.text, 'utf8');
    this.text = '';
    while (bytes.length > 0) {
      try {
        bytes = bytes.subarray(writeSync(this.descriptor, bytes));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EPIPE') return;
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      }
    }
  }
}
