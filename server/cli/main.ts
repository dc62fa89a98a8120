/** The command line: reads the words, calls the command. Every command is thin over `check` and `sample`. */
import { parseArgs } from 'node:util';

const USAGE = `shapelint check [PATH…] [--format text|json|sarif|github] [--stdin-filename F] [--jobs N] [--progress] [--no-cache] [--cache-dir D]
shapelint check --explain CODE
shapelint shapes FILE… [--format text|json]
shapelint run FILE [--echo] [--seed N] [--backend auto|wasm|js]
shapelint sample FILE[:NAME|:LINE] [--set N=4,L=7] [--seed N] [--format text|json]
shapelint lsp --stdio

check   finds shape errors in PyTorch programs (\`-\` is standard input; the default is this folder)
shapes  prints the inferred shape of every tensor-valued expression
run     executes a file with the numeric kernels and prints what Python would print
sample  runs a function or class on sample sizes and prints each step's shape and numbers
lsp     the language server

Exit status: 0 no error, 1 an error was found (run: the program raised), 2 wrong usage or an unreadable file.
`;

/** The words of a command line that make no sense; said on standard error with status 2. */
export class Usage extends Error {}

const OPTIONS = {
  check: {
    format: { type: 'string' },
    'stdin-filename': { type: 'string' },
    explain: { type: 'string' },
    jobs: { type: 'string' },
    progress: { type: 'boolean' },
    'no-cache': { type: 'boolean' },
    'cache-dir': { type: 'string' },
  },
  shapes: { format: { type: 'string' } },
  run: { echo: { type: 'boolean' }, seed: { type: 'string' }, backend: { type: 'string' }, 'self-check': { type: 'boolean' } },
  sample: { set: { type: 'string' }, seed: { type: 'string' }, format: { type: 'string' } },
  lsp: { stdio: { type: 'boolean' } },
} as const;

type Command = keyof typeof OPTIONS;

async function main(words: readonly string[]): Promise<number> {
  const [first, ...rest] = words;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    process.stdout.write(USAGE);
    return first === undefined ? 2 : 0;
  }
  if (first === '--version') {
    process.stdout.write(`shapelint ${VERSION}\n`);
    return 0;
  }
  if (!(first in OPTIONS)) throw new Usage(`no command \`${first}\``);
  const command = first as Command;
  const end = rest.indexOf('--');
  if ((end < 0 ? rest : rest.slice(0, end)).some((word) => word === '--help' || word === '-h')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { values, positionals } = read(command, rest);
  const seed = values.seed === undefined ? undefined : number(values.seed as string, '--seed');
  switch (command) {
    case 'check': {
      const { checkCommand } = await import('./check-command.ts');
      return checkCommand(positionals, {
        format: oneOf(values.format, ['text', 'json', 'sarif', 'github'] as const, '--format'),
        stdinFilename: values['stdin-filename'] as string | undefined,
        explain: values.explain as string | undefined,
        jobs: values.jobs === undefined ? undefined : Math.max(1, number(values.jobs as string, '--jobs')),
        progress: values.progress === true,
        cacheFolder: values['cache-dir'] as string | undefined,
        cache: values['no-cache'] !== true,
      });
    }
    case 'shapes': {
      const { shapesCommand } = await import('./shapes-command.ts');
      return shapesCommand(positionals, oneOf(values.format, ['text', 'json'] as const, '--format'));
    }
    case 'run': {
      const { parser } = await import('./runtime.ts');
      // The parser is compiled by other threads while this one makes the table of operations.
      void parser();
      await new Promise((resolve) => setImmediate(resolve));
      const { runCommand } = await import('./run-command.ts');
      const status = await runCommand(positionals, {
        echo: values.echo === true,
        seed,
        backend: oneOf(values.backend, ['auto', 'wasm', 'js'] as const, '--backend'),
        selfCheck: values['self-check'] === true,
      });
      // Everything is written: taking the heap apart would only take time.
      return process.exit(status);
    }
    case 'sample': {
      const { sampleCommand } = await import('./sample-command.ts');
      return sampleCommand(positionals, {
        format: oneOf(values.format, ['text', 'json'] as const, '--format'),
        set: values.set as string | undefined,
        seed,
      });
    }
    case 'lsp': {
      const { startServer } = await import('./lsp-command.ts');
      return startServer();
    }
  }
}

function read(command: Command, words: readonly string[]) {
  try {
    const parsed = parseArgs({ args: [...words], options: OPTIONS[command], allowPositionals: true, strict: true });
    return { values: parsed.values as Record<string, string | boolean | undefined>, positionals: parsed.positionals };
  } catch (error) {
    throw new Usage((error as Error).message);
  }
}

function number(text: string, flag: string): number {
  const n = Number(text);
  if (!Number.isInteger(n)) throw new Usage(`${flag} needs a whole number, not \`${text}\``);
  return n;
}

function oneOf<T extends string>(value: unknown, allowed: readonly [T, ...T[]], flag: string): T {
  if (value === undefined) return allowed[0];
  if (!allowed.includes(value as T)) throw new Usage(`${flag} is one of ${allowed.join(', ')}`);
  return value as T;
}

/** The word that a thread of the check command is started with; for people it is no command. */
export const THREAD = 'thread';

declare const VERSION: string;

/** A thread of a command runs the same script. */
async function thread(): Promise<number> {
  const { runWorker } = await import('./check-worker.ts');
  if (!(await runWorker())) throw new Usage(`no command \`${THREAD}\``);
  return -1;
}

(process.argv[2] === THREAD ? thread() : main(process.argv.slice(2))).then(
  (status) => {
    if (status >= 0) process.exitCode = status;
  },
  (error: unknown) => {
    if (error instanceof Usage) process.stderr.write(`shapelint: ${error.message}\n\n${USAGE}`);
    else process.stderr.write(`shapelint: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 2;
  },
);
