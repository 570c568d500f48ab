import type { Literal } from './client.ts';

const shouted = (text: string): string => text.replaceAll(/[^A-Za-z0-9]+/g, '_').replaceAll(/^_+|_+$/g, '').toUpperCase();

const ownName = ({ server, path }: Literal): string => {
  const [member, last] = [path.at(-2), path.at(-1)];
  const called = typeof last === 'string' ? last : 'secret';
  // A variable of the server keeps its name: what reads it asks for that.
  if (member === 'env') return called;
  if (/^authorization$/i.test(called)) return shouted(`${server}_token`);
  return shouted(`${server}_${called}`);
};

/** What the variable of each secret is called: the same secret has one name, and two have two. */
export const namesFor = <Each extends Literal>(literals: readonly Each[]): ReadonlyMap<Each, string> => {
  const taken = new Map<string, string>();
  return new Map(literals.map((literal) => {
    const secret = literal.text.reveal().slice(literal.from, literal.to);
    const own = ownName(literal).replace(/^(?=\d)/, '_');
    const choices = [own, shouted(`${literal.server}_${own}`), ...Array.from({ length: literals.length }, (_, at) => `${own}_${String(at + 2)}`)];
    const name = choices.find((choice) => (taken.get(choice) ?? secret) === secret) ?? own;
    taken.set(name, secret);
    return [literal, name] as const;
  }));
};
