import { parse } from 'smol-toml';
import { Secret } from '../../model/secret.ts';
import type { Detection } from '../finding.ts';
import type { ClientFile } from './client.ts';
import { nodeAt, readCommentedJson, valueOf, type Node } from './commented-json.ts';
import { literalsIn, type JudgedLiteral } from './literals.ts';

/** A secret of a client's file, and where in its text it stands. */
export type ClientDetection = Detection & { readonly literal: JudgedLiteral };

type Span = Pick<Detection, 'from' | 'to'>;

/** The secret within what is written for its text; all of that where characters are escaped. */
const within = (written: string, { from, to }: Span, literal: JudgedLiteral): Span => {
  const whole = literal.text.reveal();
  return written.slice(from + 1, to - 1) === whole ? { from: from + 1 + literal.from, to: from + 1 + literal.to } : { from, to };
};

const spanInJson = (text: string, root: Node, literal: JudgedLiteral): Span => {
  const node = nodeAt(root, literal.path);
  return node === undefined ? { from: 0, to: 0 } : within(text, node, literal);
};

/** The reader of TOML tells no places: it is the first place of the value after the last of the names above it. */
const spanInToml = (text: string, literal: JudgedLiteral): Span => {
  const secret = literal.text.reveal().slice(literal.from, literal.to);
  const server = Math.max(0, text.indexOf(`mcp_servers.${literal.server}`), text.indexOf(`mcp_servers."${literal.server}"`));
  const from = [text.indexOf(secret, server), text.indexOf(secret), server].find((at) => at >= 0) ?? 0;
  return { from, to: from + secret.length };
};

const NEXT = 'put a reference in its place (--clients --fix does), and have a new one made where it was issued if others can read this file';

/** A file that is no JSON or no TOML. What the reader says of it may show what stands there, and is not kept. */
export class UnreadableClient extends Error {}

const parsed = (text: string, format: ClientFile['format']): { readonly value: unknown; readonly root?: Node } => {
  try {
    if (format === 'toml') return { value: parse(text) };
    const root = readCommentedJson(text);
    return { value: valueOf(root), root };
  } catch {
    throw new UnreadableClient(`is no ${format.toUpperCase()} that can be read`);
  }
};

/**
 * The secrets in a client's file.
 * @throws UnreadableClient
 */
export const readClient = async (text: string, file: ClientFile): Promise<readonly ClientDetection[]> => {
  const { value, root } = parsed(text, file.format);
  return (await literalsIn(value, file)).map((literal) => {
    const span = root === undefined ? spanInToml(text, literal) : spanInJson(text, root, literal);
    const secret = new Secret(literal.text.reveal().slice(literal.from, literal.to));
    return { ...span, rule: literal.rule, what: literal.what, certainty: literal.certainty, secret, place: literal.path.join('.'), next: NEXT, literal };
  });
};
