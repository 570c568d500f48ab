import { nodeAt, readCommentedJson, valueOf, type Node } from './commented-json.ts';
import type { Lifted, LiftRequest, Literal } from './client.ts';

const replaced = (text: string, { from, to }: Pick<Node, 'from' | 'to'>, by: string): string => text.slice(0, from) + by + text.slice(to);

/** The text of a literal with something else in the place of its secret. */
export const withReference = ({ text, from, to }: Literal, reference: string): string => {
  const whole = text.reveal();
  return whole.slice(0, from) + reference + whole.slice(to);
};

const BY_HAND = { kind: 'by-hand', cure: 'the file has changed since it was read, or is not as expected: take the value out by hand' } as const;

/** Puts a text that means the value in its place, and touches nothing else. */
const referred = ({ text, literal }: LiftRequest, reference: string): string | undefined => {
  const node = nodeAt(readCommentedJson(text), literal.path);
  return node?.kind === 'plain' && node.value === literal.text.reveal() ? replaced(text, node, JSON.stringify(withReference(literal, reference))) : undefined;
};

/** `${NAME}`, in the spelling of the client. */
export const liftToVariable = (request: LiftRequest, reference: (name: string) => string): Lifted => {
  const text = referred(request, reference(request.name));
  return text === undefined ? BY_HAND : { kind: 'lifted', text, set: `set ${request.name} in the environment that ${request.client} is started from` };
};

const valueAt = (node: Node, name: string): unknown => {
  const found = nodeAt(node, [name]);
  return found === undefined ? undefined : valueOf(found);
};

/** Blanks before the first member of an object or an array, so that what is added looks like what is there. */
const indentIn = (text: string, { from }: Node): string => /^[[{](\s*)/.exec(text.slice(from))?.[1] ?? '';

const addInput = (text: string, entry: object): string => {
  const root = readCommentedJson(text);
  const inputs = nodeAt(root, ['inputs']);
  const [at, added] = inputs?.kind === 'array' ? [inputs, JSON.stringify(entry)] : [root, `"inputs": [${JSON.stringify(entry)}]`];
  const isEmpty = at.kind === 'array' ? at.items.length === 0 : at.kind === 'object' && at.members.length === 0;
  return replaced(text, { from: at.from + 1, to: at.from + 1 }, `${indentIn(text, at)}${added}${isEmpty ? '' : ','}`);
};

/** `${input:ID}`: the client asks for it once, and keeps what it is told where the system keeps secrets. */
export const liftToInput = (request: LiftRequest): Lifted => {
  const id = request.name.toLowerCase().replaceAll('_', '-');
  const text = referred(request, `\${input:${id}}`);
  if (text === undefined) return BY_HAND;
  const set = `${request.client} asks for ${id} when it starts the server next`;
  const inputs = nodeAt(readCommentedJson(text), ['inputs']);
  const isThere = inputs?.kind === 'array' && inputs.items.some((item) => valueAt(item, 'id') === id);
  return { kind: 'lifted', text: isThere ? text : addInput(text, { type: 'promptString', id, description: `${request.literal.server}: ${String(request.literal.path.at(-1))}`, password: true }), set };
};

/** `mcp-remote URL --header "X-API-Key:…"`, and nothing that would be lost. */
const remoteOf = (words: readonly unknown[]): { readonly url: string; readonly header: string } | undefined => {
  const [first, ...rest] = words.filter((word) => word !== '-y' && word !== '--yes');
  const [url, flag, header, ...more] = rest;
  if (typeof first !== 'string' || !/^mcp-remote(?:@[\w.-]+)?$/.test(first) || flag !== '--header' || more.length > 0) return undefined;
  return typeof url === 'string' && typeof header === 'string' ? { url, header } : undefined;
};

const INSTEAD = 'let a gateway keep it: "sallyport run -- COMMAND" or a server in sallyport.yaml, and here "sallyport bridge URL --key-from file:PATH"';

/** What is started without variables of a person's own reads the key of a gateway from a file. */
export const liftToBridge = ({ text, literal, client, keyFile }: LiftRequest): Lifted => {
  const byHand = { kind: 'by-hand', cure: `${client} replaces no variables: ${INSTEAD}` } as const;
  const at = literal.path.slice(0, literal.path.lastIndexOf('args'));
  const [root, path] = [readCommentedJson(text), [...at, 'args']];
  const [args, command] = [nodeAt(root, path), nodeAt(root, [...at, 'command'])];
  if (!literal.path.includes('args') || args?.kind !== 'array' || command?.kind !== 'plain' || command.value !== 'npx') return byHand;
  const remote = remoteOf(args.items.map(valueOf));
  // The bridge shows its key as X-API-Key; what another server takes elsewhere it would not find there.
  if (remote === undefined || !/^x-api-key\s*:|^authorization\s*:\s*bearer\s+sally_/i.test(remote.header)) return byHand;
  const words = ['-y', 'sallyport', 'bridge', remote.url, '--key-from', `file:${keyFile}`];
  return { kind: 'lifted', text: replaced(text, args, `[${words.map((word) => JSON.stringify(word)).join(', ')}]`), set: `put the key alone into ${keyFile}, and let nobody else read it (chmod 600)` };
};
