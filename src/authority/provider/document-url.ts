const LONGEST = 500;

/**
 * Whether a client id may be the URL of a document: https with a path, and written so that two readers could not read it differently
 * (CIMD draft §3; attacks.md group C). Whether its host may be reached is decided by whoever fetches.
 */
export const isDocumentUrl = (id: string): boolean => {
  const url = URL.parse(id);
  return url !== null && id.length <= LONGEST && url.href === id && url.protocol === 'https:' && url.pathname !== '/' && url.username === '' && url.password === '' && !id.includes('#') && !/%2e|%2f|%5c/i.test(url.pathname);
};
