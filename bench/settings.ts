/** A number from the environment, such as BENCH_ROUNDS, or the usual one. @throws Error when what is given is no number above nothing */
export const setting = (name: string, usual: number): number => {
  const text = process.env[name];
  if (text === undefined) return usual;
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new Error(`${name} is "${text}": give a number above 0, or leave it out for ${String(usual)}`);
};
