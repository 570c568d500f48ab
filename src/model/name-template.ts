/** What of a certificate a template is about. */
export const TEMPLATE_KINDS = ['cn', 'dns', 'uri', 'email'] as const;

export type TemplateKind = (typeof TEMPLATE_KINDS)[number];

/** What a placeholder stands for, each without the signs that divide a name of its kind: it is one part and never more. */
const PARTS: Readonly<Record<TemplateKind, string>> = { cn: '[\\p{L}\\p{Nd} _&()\'-]', dns: '[a-z0-9-]', uri: '[A-Za-z0-9._~-]', email: "[a-z0-9.!#$%&'*+=?^_`{|}~-]" };

const PLACEHOLDER = /\{([a-z][a-z0-9]{0,30})\}/;

type Piece = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'place'; readonly name: string };

const piecesOf = (template: string): readonly Piece[] =>
  template.split(/(\{[^{}]*\})/).flatMap((part): readonly Piece[] => {
    const name = PLACEHOLDER.exec(part)?.[1];
    if (name !== undefined && part === `{${name}}`) return [{ kind: 'place', name }];
    return part === '' ? [] : [{ kind: 'text', text: part }];
  });

const placesIn = (pieces: readonly Piece[]): readonly string[] => pieces.flatMap((piece) => (piece.kind === 'place' ? [piece.name] : []));

/** Whether two values side by side could be divided in another place. */
const runTogether = (pieces: readonly Piece[], kind: TemplateKind): boolean => {
  const part = new RegExp(`^${PARTS[kind]}*$`, 'u');
  return pieces.some((piece, at) => {
    const [between, next] = [pieces[at + 1], pieces[at + 2]];
    if (piece.kind !== 'place' || between === undefined) return false;
    return between.kind === 'place' || (next?.kind === 'place' && part.test(between.text));
  });
};

const isWhole = (pieces: readonly Piece[]): boolean => pieces.length === 1 && pieces[0]?.kind === 'place';

/** What is wrong with a pair of templates, in words that follow its place; undefined when nothing is. */
export const templateFault = (kind: TemplateKind, like: string, as: string): string | undefined => {
  const [from, to] = [piecesOf(like), piecesOf(as)];
  const [known, used] = [placesIn(from), placesIn(to)];
  const texts = [...from, ...to].flatMap((piece) => (piece.kind === 'text' ? [piece.text] : []));
  if (texts.some((text) => /[{}\p{C}]/u.test(text))) return 'has a brace that is none of a placeholder, or a sign that cannot be seen: write {name} in lower-case letters and digits';
  if (new Set(known).size !== known.length) return 'has a placeholder twice';
  const unknown = used.find((name) => !known.includes(name));
  if (unknown !== undefined) return `uses {${unknown}}, which is no part of what it is made from`;
  if (runTogether(from, kind) || runTogether(to, kind)) return 'has two placeholders that could be divided in another place: put a sign between them that is in neither, such as /';
  // Else two clients would be one.
  const lost = known.find((name) => !used.includes(name));
  return lost === undefined ? undefined : `leaves out {${lost}}, so that two clients would be called the same`;
};

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, (sign) => `\\${sign}`);

/**
 * Compiles a pair of templates for which `templateFault` finds nothing.
 * @returns what a value is called, or undefined where the template does not fit it
 */
export const compileTemplate = (kind: TemplateKind, like: string, as: string): ((value: string) => string | undefined) => {
  const [from, to] = [piecesOf(like), piecesOf(as)];
  const one = isWhole(from) ? '[^]+' : `${PARTS[kind]}+`;
  const pattern = new RegExp(`^${from.map((piece) => (piece.kind === 'text' ? escaped(piece.text) : `(?<${piece.name}>${one})`)).join('')}$`, 'u');
  return (value) => {
    const found = pattern.exec(value);
    return found === null ? undefined : to.map((piece) => (piece.kind === 'text' ? piece.text : (found.groups?.[piece.name] ?? ''))).join('');
  };
};
