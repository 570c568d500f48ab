import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import type { RunOptions, Target } from './serving/run.ts';
import type { AdviseOptions } from './advise.ts';
import { addAlarms } from './alarms/commands.ts';
import { addAccess } from './access/commands.ts';
import { addAudit } from './audit/commands.ts';
import { common, withData, type Finish } from './command-options.ts';
import type { ExplainOptions } from './explain.ts';
import type { PolicyTestOptions, ReplayOptions } from './policy.ts';
import { addBridge } from './bridge/commands.ts';
import { asCliError, CliError, EXIT, type ExitCode } from './exit.ts';
import type { ConfigShowOptions } from './config-show.ts';
import { findConfig } from './find-config.ts';
import { addInit } from './init/commands.ts';
import { addKeys } from './keys/commands.ts';
import type { DoctorOptions } from './doctor/doctor.ts';
import { addClients } from './clients/commands.ts';
import { addPeople } from './people/commands.ts';
import { addPki } from './pki/commands.ts';
import { addRevocations } from './revocations/commands.ts';
import { addIdp } from './idp/idp-commands.ts';
import { addScan } from './scan/commands.ts';
import { addToken } from './token/commands.ts';
import { addTools } from './tools/commands.ts';
import { redactText } from '../model/redaction.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

const version = (): string => String(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version);

const listening = (command: Command): Command =>
  withData(command)
    .option('--port <port>', 'port to listen on; 0 takes any free one', '3210')
    .option('--host <address>', 'address to bind', '127.0.0.1')
    .option('--name <name>', 'the server\'s name in paths and permissions')
    .option('--public', 'allow an address other machines can reach (needs --public-url)')
    .option('--public-url <url>', 'the URL clients use')
    .option('--metrics-port <port>', 'loopback port of /metrics');

/** `run` takes a URL, or a command after `--`: without the dashes a flag of the server could be taken for one of ours. */
const targetOf = (words: readonly string[], argv: readonly string[]): Target => {
  const dashes = argv.includes('--');
  const [first] = words;
  if (first === undefined) throw new CliError('run needs a server', { exitCode: EXIT.usage, cure: 'sallyport run -- COMMAND ARGS…   or   sallyport run https://host/mcp' });
  if (!dashes && words.length === 1 && /^https?:\/\//i.test(first)) {
    if (!URL.canParse(first)) throw new CliError(`${first} is not a URL`, { exitCode: EXIT.usage, cure: 'sallyport run https://host/mcp' });
    return { kind: 'url', url: first };
  }
  if (!dashes) throw new CliError('put -- before the server\'s command', { exitCode: EXIT.usage, cure: `sallyport run -- ${words.join(' ')}` });
  return { kind: 'command', words };
};

const addServing = (program: Command, terminal: Terminal, run: { readonly argv: readonly string[]; readonly finish: Finish }): void => {
  listening(program.command('run').description('guard one MCP server: a command after --, or a URL').argument('[server...]', 'URL, or -- COMMAND ARGS…')).action(async (words: string[], options: RunOptions) => {
    const module = await import('./serving/run.ts');
    run.finish(await module.run(targetOf(words, run.argv), options, terminal));
  });
  listening(program.command('demo').description('guard the example CRM server')).action(async (options: RunOptions) => {
    const module = await import('./serving/run.ts');
    run.finish(await module.demo(options, terminal));
  });
  withData(program.command('serve').description('guard the servers of a configuration file'))
    .option('-c, --config <file>', 'configuration (default: sallyport.yaml here, or the user\'s)')
    .action(async (options: CommonOptions & { config?: string; data?: string }) => {
      const module = await import('./serving/serve-file.ts');
      run.finish(await module.serveFile({ ...options, config: findConfig(options.config, terminal.env) }, terminal));
    });
  common(program.command('check').description('validate a configuration file'))
    .option('-c, --config <file>', 'configuration (default: sallyport.yaml here, or the user\'s)')
    .argument('[file]', 'configuration')
    .action(async (file: string | undefined, options: CommonOptions & { config?: string }) => {
      const module = await import('./check.ts');
      run.finish(await module.check(findConfig(file ?? options.config, terminal.env), options, terminal));
    });
};

const addLooking = (program: Command, terminal: Terminal, finish: Finish): void => {
  addAudit(program, terminal, finish);
  addAccess(program, terminal, finish);
  common(program.command('doctor').description('could an MCP client sign in at this URL, and what would it trip over').argument('<url>', 'of an MCP server')).option('-c, --config <file>', 'the configuration of the gateway: what it names may be in a private network').action(async (url: string, options: DoctorOptions) => finish(await (await import('./doctor/doctor.ts')).doctor(url, options, terminal)));
  withData(program.command('status').description('is a gateway running here, and is it well'))
    .option('--ca <file>', 'ask one that speaks TLS at its public URL, and trust who is in this file')
    .option('--cert <file>', 'client certificate, PEM, for one that asks for it')
    .option('--key <file>', 'its private key, PEM')
    .action(async (options: CommonOptions) => finish(await (await import('./status.ts')).status(options, terminal)));
};

const addSettingUp = (program: Command, terminal: Terminal, finish: Finish): void => {
  addInit(program, terminal, finish);
  common(program.command('advise').description('which way in fits: four questions, an answer and its reason'))
    .option('--caller <who>', 'person, service or app')
    .option('--data <whose>', 'shared or per-user')
    .option('--directory <answer>', 'whether an identity provider knows the callers: yes or no')
    .option('--loss <extent>', 'what misuse would cost: bearable or catastrophic')
    .action(async (options: AdviseOptions) => finish(await (await import('./advise.ts')).advise(options, terminal)));
  const config = program.command('config').description('the configuration as it takes effect');
  common(config.command('show').description('every setting and its value; what may be a secret is masked'))
    .option('-c, --config <file>', 'configuration (default: sallyport.yaml here, or the user\'s)')
    .option('--origin', 'say where each value comes from')
    .action(async (options: ConfigShowOptions & { config?: string }) => finish((await import('./config-show.ts')).configShow(findConfig(options.config, terminal.env), options, terminal)));
  program
    .command('completion')
    .description('a script for your shell that completes commands and options')
    .argument('<shell>', 'bash, zsh, fish or pwsh')
    .action(async (shell: string) => void terminal.stdout.write((await import('./completion.ts')).completionFor(shell, program)));
};

const addPolicy = (program: Command, terminal: Terminal, finish: Finish): void => {
  withData(program.command('explain').description('why a call was allowed or denied, and what would allow it').argument('<request>', 'req_…, as in X-Request-Id'))
    .option('-c, --config <file>', 'configuration (default: the one the gateway reads)')
    .option('--everywhere', 'look through the whole trail, however long it is')
    .action(async (request: string, options: ExplainOptions) => finish(await (await import('./explain.ts')).explainRequest(request, options, terminal)));
  const policy = program.command('policy').description('test a policy, try a draft on past calls, see what a shadow policy notes');
  common(policy.command('test').description('judge the cases beside a policy').argument('[cases]', 'their file (default: sallyport.cases.yaml beside sallyport.yaml)'))
    .option('-c, --config <file>', 'configuration, or a policy in a file of its own')
    .action(async (cases: string | undefined, options: PolicyTestOptions) => finish((await import('./policy.ts')).policyTest(cases, options, terminal)));
  withData(policy.command('replay').description('judge recorded calls by a draft').argument('<draft>', 'a configuration, or a policy in a file of its own'))
    .option('--since <time>', 'a duration such as 30d, or a date', '30d')
    .option('-c, --config <file>', 'configuration (default: the one the gateway reads)')
    .action(async (draft: string, options: ReplayOptions) => finish(await (await import('./policy.ts')).policyReplay(draft, options, terminal)));
  withData(policy.command('shadow').description('where the policy under "shadow" would have decided otherwise'))
    .option('--since <time>', 'a duration such as 30d, or a date', '30d')
    .action(async (options: ReplayOptions) => finish(await (await import('./policy.ts')).policyShadow(options, terminal)));
};

/** An error repeats what was typed, and a key may have been typed where none belongs: it is not shown once more (R87). */
const report = (error: CliError, argv: readonly string[], terminal: Terminal): void => {
  const [message, cure] = [redactText(error.message), redactText(error.cure)];
  if (argv.includes('--json')) terminal.stderr.write(`${JSON.stringify({ error: message, next: cure, exitCode: error.exitCode })}\n`);
  else terminal.stderr.write(`sallyport: ${message}\n  next: ${cure}\n`);
};

/** Commander's own words for a usage error, turned into ours. */
const fromCommander = (error: CommanderError): CliError | undefined =>
  error.exitCode === 0 ? undefined : new CliError(error.message.replace(/^error: /, ''), { exitCode: EXIT.usage, cure: 'sallyport --help' });

/**
 * Runs one command line.
 * @param argv the words after the program's name
 * @returns the exit code (docs/cli.md)
 */
export const runCli = async (argv: readonly string[], terminal: Terminal): Promise<ExitCode> => {
  let code: ExitCode = EXIT.ok;
  const finish: Finish = (next) => {
    code = next;
  };
  const program = new Command('sallyport').description('The authentication and authorization gateway for MCP servers').version(version()).exitOverride().showSuggestionAfterError();
  program.configureOutput({ writeOut: (text) => void terminal.stdout.write(text), writeErr: (text) => void terminal.stderr.write(text), outputError: () => undefined });
  addServing(program, terminal, { argv, finish });
  addKeys(program, terminal, finish);
  addTools(program, terminal, finish);
  addPeople(program, terminal, finish);
  addClients(program, terminal, finish);
  addRevocations(program, terminal, finish);
  addAlarms(program, terminal, finish);
  addPki(program, terminal, finish);
  addIdp(program, terminal, finish);
  addBridge(program, terminal, finish);
  addToken(program, terminal, finish);
  addLooking(program, terminal, finish);
  addPolicy(program, terminal, finish);
  addScan(program, { terminal, version: version(), argv }, finish);
  addSettingUp(program, terminal, finish);
  for (const command of program.commands) command.copyInheritedSettings(program);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    const failure = error instanceof CommanderError ? fromCommander(error) : asCliError(error);
    if (failure === undefined) return EXIT.ok;
    // No command was named: the help stands on stderr already.
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage;
    report(failure, argv, terminal);
    return failure.exitCode;
  }
};
