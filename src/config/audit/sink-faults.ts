import { receiverKinds } from '../../adapters/audit-sinks/receivers/list.ts';
import { isJsonObject } from '../../model/json.ts';
import type { SinkConfig } from './sink-schema.ts';

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Members that every kind has. */
const EVERY: ReadonlySet<string> = new Set(['kind', 'spool', 'failClosed']);

const isGiven = (value: unknown): boolean => value !== undefined && !(isJsonObject(value as never) && Object.keys(value as object).length === 0); // an empty map says nothing

const faultsOf = (name: string, sink: SinkConfig): readonly Fault[] => {
  const kind = receiverKinds.find((one) => one.kind === sink.kind);
  if (kind === undefined) return [];
  const [takes, requires] = [kind.takes as readonly string[], kind.requires as readonly string[]];
  const foreign = Object.entries(sink).filter(([member, value]) => isGiven(value) && !EVERY.has(member) && !takes.includes(member));
  return [
    ...requires.filter((member) => !isGiven(sink[member as keyof SinkConfig])).map((member): Fault => ({ path: ['audit', 'sinks', name], message: `is of the kind ${sink.kind} and has no ${member}: say it` })),
    ...foreign.map(([member]): Fault => ({ path: ['audit', 'sinks', name, member], message: `is nothing of the kind ${sink.kind}, which takes ${takes.join(', ')}` })),
    ...(sink.ca !== undefined && sink.tls === false ? [{ path: ['audit', 'sinks', name, 'ca'], message: 'is of no use without TLS: take it out, or take out tls: false' }] : []),
  ];
};

/** What is wrong with receivers of the trail: what their kind needs is missing, or is nothing of it. */
export const sinkFaults = ({ audit }: { readonly audit: { readonly sinks: Readonly<Record<string, SinkConfig>> } }): readonly Fault[] => {
  const paths = Object.entries(audit.sinks).flatMap(([name, { path }]) => (path === undefined ? [] : [{ name, path }]));
  const doubled = paths.filter(({ path }, at) => paths.findIndex((other) => other.path === path) < at);
  return [...Object.entries(audit.sinks).flatMap(([name, sink]) => faultsOf(name, sink)), ...doubled.map(({ name }): Fault => ({ path: ['audit', 'sinks', name, 'path'], message: 'is the file of another receiver: give each its own' }))];
};
