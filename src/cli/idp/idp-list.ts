import { tokenRulesOf } from '../../config/issuers/issuers.ts';
import { findConfig } from '../find-config.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { readConfigFile } from '../read-config.ts';
import { writeJson, type CommonOptions, type Terminal } from '../terminal.ts';

export interface ListOptions extends CommonOptions {
  readonly config?: string;
}

/** `sallyport idp list` */
export const idpList = (options: ListOptions, terminal: Terminal): ExitCode => {
  const config = readConfigFile(findConfig(options.config, terminal.env), terminal.env);
  const rules = [...tokenRulesOf(config)];
  const listed = Object.entries(config.issuers).map(([name, { issuer, profile }]) => ({ name, issuer, profile, servers: rules.filter(([, own]) => own.issuers.has(name)).map(([server]) => server) }));
  if (options.json === true) for (const one of listed) writeJson(terminal, one);
  else if (options.quiet !== true) {
    terminal.stdout.write(listed.length === 0 ? 'no issuer is configured: "sallyport idp add URL" prints what to add\n' : listed.map(({ name, issuer, profile, servers }) => `${name}  ${issuer}  ${profile}  ${servers.length === 0 ? 'accepted by no server' : servers.join(', ')}\n`).join(''));
  }
  return EXIT.ok;
};
