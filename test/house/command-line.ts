/** Words of a POSIX shell as far as the README uses them: quotes, backslashes, line ends after one, and `$NAME`. */
export const shellWords = (line: string, env: Readonly<Record<string, string>>): readonly string[] => {
  const words: string[] = [];
  let word: string | undefined;
  const take = (text: string): void => {
    word = (word ?? '') + text;
  };
  const expanded = (text: string): string => text.replace(/\$([A-Z_]+)/g, (_match, name: string) => env[name] ?? '');
  for (const [token] of line.matchAll(/\\\n|\\[^]|'[^']*'|"(?:[^"\\]|\\[^])*"|\s+|[^\s'"\\]+/g)) {
    if (token === '\\\n' || /^\s/.test(token)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (token.startsWith("'")) take(token.slice(1, -1));
    else if (token.startsWith('"')) take(expanded(token.slice(1, -1).replace(/\\(["\\$`])/g, '$1')));
    else take(token.startsWith('\\') ? token.slice(1) : expanded(token));
  }
  return word === undefined ? words : [...words, word];
};

/** What a curl command line asks for. */
export interface Asked {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Reads the words of a curl command; an option it does not know is an error, so that none is lost. */
export const readCurl = ([program, ...words]: readonly string[]): Asked => {
  if (program !== 'curl') throw new TypeError(`${String(program)} is not curl`);
  const headers: Record<string, string> = {};
  let [url, body]: (string | undefined)[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '-s') continue;
    if (word === '-H') {
      at += 1;
      const [, name = '', value = ''] = /^([^:]+): (.*)$/.exec(words[at] ?? '') ?? [];
      headers[name] = value;
    } else if (word === '-d') {
      at += 1;
      body = words[at] ?? '';
    } else if (word.startsWith('-')) throw new TypeError(`this curl has no ${word}`);
    else url = word;
  }
  if (url === undefined) throw new TypeError('curl was given no URL');
  return { url, headers, body };
};

/** Does what curl would, on machines that have none. */
export const ask = async ({ url, headers, body }: Asked): Promise<{ readonly status: number; readonly text: string }> => {
  const response = await fetch(url, { method: body === undefined ? 'GET' : 'POST', headers: { 'User-Agent': 'curl/8', Accept: '*/*', ...headers }, ...(body === undefined ? {} : { body }), signal: AbortSignal.timeout(20_000) });
  return { status: response.status, text: await response.text() };
};
