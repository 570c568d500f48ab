import { LOOPBACK_NAME } from '../config/origins.ts';
import { CliError, EXIT } from './exit.ts';

/** A URL that was typed and cannot be used. */
export const wrongUrl = (what: string): CliError => new CliError(what, { exitCode: EXIT.usage, cure: 'write the URL of the MCP server, such as https://mcp.company.com/crm/mcp' });

/** A URL that may be seen in the list of processes, and over which a credential may travel. @throws CliError */
export const targetUrl = (text: string): URL => {
  if (!URL.canParse(text)) throw wrongUrl(`${text} is not a URL`);
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw wrongUrl(`${url.protocol} is not a scheme of MCP over HTTP`);
  if (url.username !== '' || url.password !== '' || url.searchParams.has('api_key')) throw new CliError('a credential in the URL can be read in the list of processes', { exitCode: EXIT.usage, cure: 'leave it out and add --key-from env:NAME' });
  if (url.protocol === 'http:' && !LOOPBACK_NAME.test(url.hostname)) throw wrongUrl('http:// to another machine would show the key and the calls to everybody on the way');
  return url;
};
