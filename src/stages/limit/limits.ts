import type { Allowance } from '../../model/allowance.ts';
import { compileGlob } from '../../model/permission/permission.ts';

/** The configured limits. An entry by name stands in place of the general one beside it. */
export interface Limits {
  readonly gateway?: Allowance | undefined;
  readonly server?: Allowance | undefined;
  readonly servers?: Readonly<Record<string, Allowance>>;
  /** One tool, over all callers. */
  readonly tool?: Allowance | undefined;
  /** By `server:tool`, in which `*` stands for any run of characters: the tool's own name, or else the first that fits. */
  readonly tools?: Readonly<Record<string, Allowance>>;
  readonly owner?: Allowance | undefined;
  readonly owners?: Readonly<Record<string, Allowance>>;
  readonly role?: Allowance | undefined;
  readonly roles?: Readonly<Record<string, Allowance>>;
  readonly key?: Allowance | undefined;
  /** One tool, by one key. */
  readonly toolPerKey?: Allowance | undefined;
}

/** A rule by name first; an own property, because names are people's and one might be called `constructor`. */
export const named = (byName: Readonly<Record<string, Allowance>> | undefined, name: string, general: Allowance | undefined): Allowance | undefined =>
  byName !== undefined && Object.hasOwn(byName, name) ? byName[name] : general;

type Finder = (tool: string) => Allowance | undefined;

/** Compiles the limits of tools: asked once for each tool that is called. @returns how to ask for `server:tool` */
export const compileTools = ({ tool, tools = {} }: Limits): Finder => {
  const rules = Object.entries(tools).map(([glob, allowance]) => ({ matches: compileGlob(glob), allowance }));
  // A tool by its own name comes before what only fits: the line that a refusal tells people to write must count wherever they write it.
  return (name) => named(tools, name, undefined) ?? rules.find(({ matches }) => matches(name))?.allowance ?? tool;
};

/** A credential has a rate of its own whatever else is configured for it. */
const KEY_RATE: Allowance = { perSecond: 500, burst: 2_000 };

/** Completes the configured limits. */
export const limitsOf = (configured: Limits): Limits => ({ ...configured, key: configured.key?.perSecond === undefined ? { ...KEY_RATE, ...configured.key } : configured.key });
