/**
 * The one schema of the settings: what an editor shows, what the server reads, what `package.json` contributes.
 * Knows nothing of how a value reaches the process.
 */
import type { Level } from './report.ts';

const levels: readonly Level[] = ['error', 'warning', 'info', 'off'];

/** Adding a setting is adding an entry; `npm run docs` copies the entries into `package.json`. */
export const settingsSchema = {
  'shapelint.enable': {
    type: 'boolean',
    default: true,
    description: 'Check the shapes of PyTorch programs.',
  },
  'shapelint.severity': {
    type: 'object',
    default: {},
    additionalProperties: { type: 'string', enum: levels },
    markdownDescription:
      'The level of each code: `{ "batch-first-mismatch": "off", "cat-size-mismatch": "info" }`. Codes not named keep their own level.',
  },
  'shapelint.hover.enabled': {
    type: 'boolean',
    default: true,
    description: 'Show shapes, dtypes and inferred signatures on hover.',
  },
  'shapelint.inlayHints.enabled': {
    type: 'boolean',
    default: true,
    description: 'Show the shape of assigned tensors at the end of the line.',
  },
  'shapelint.codeLens.enabled': {
    type: 'boolean',
    default: true,
    description: 'Show the inferred signature and “Run sample shapes” over classes and functions.',
  },
  'shapelint.sample.seed': {
    type: 'integer',
    default: 0,
    minimum: 0,
    description: 'The seed of a sample run, as in torch.manual_seed.',
  },
  'shapelint.sample.sizes': {
    type: 'object',
    default: {},
    additionalProperties: { type: 'integer', minimum: 0 },
    markdownDescription: 'Sample sizes by name, where the program leaves them open: `{ "batch": 4, "T": 7 }`.',
  },
  'shapelint.trace.server': {
    type: 'string',
    enum: ['off', 'messages', 'verbose'],
    default: 'off',
    description: 'Write the messages between the editor and the ShapeLint server to the output channel.',
  },
} as const;

type Key = keyof typeof settingsSchema;

interface ObjectValues {
  readonly 'shapelint.severity': Readonly<Record<string, Level>>;
  readonly 'shapelint.sample.sizes': Readonly<Record<string, number>>;
}

type ValueOf<K extends Key> = K extends keyof ObjectValues
  ? ObjectValues[K]
  : (typeof settingsSchema)[K]['type'] extends 'boolean'
    ? boolean
    : (typeof settingsSchema)[K]['type'] extends 'integer'
      ? number
      : string;

/** Every setting by its full name, each of its declared type. */
export type Settings = { readonly [K in Key]: ValueOf<K> };

interface Rule {
  readonly type: string;
  readonly default: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly additionalProperties?: Omit<Rule, 'default'>;
}

function fits(value: unknown, rule: Omit<Rule, 'default'>): boolean {
  if (rule.enum !== undefined) return rule.enum.includes(value);
  if (rule.type === 'integer') return Number.isInteger(value) && (value as number) >= (rule.minimum ?? -Infinity);
  if (rule.type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === rule.type;
}

function read(value: unknown, rule: Rule): unknown {
  if (!fits(value, rule)) return rule.default;
  const inner = rule.additionalProperties;
  if (inner === undefined) return value;
  return Object.fromEntries(Object.entries(value as object).filter(([, each]) => fits(each, inner)));
}

/**
 * Reads the `shapelint` section as an editor sends it, nested (`{ hover: { enabled } }`) or flat (`{ "hover.enabled" }`).
 * A value that does not fit its entry counts as not set: a typing mistake in one setting must not cost the others.
 */
export function readSettings(section: unknown): Settings {
  const settings: Record<string, unknown> = {};
  for (const [key, rule] of Object.entries(settingsSchema)) {
    const path = key.split('.').slice(1);
    const flat = (section as Record<string, unknown> | null | undefined)?.[path.join('.')];
    const nested = path.reduce<unknown>((at, name) => (at as Record<string, unknown> | null | undefined)?.[name], section);
    settings[key] = read(flat ?? nested, rule);
  }
  return settings as unknown as Settings;
}
