import type { Command } from 'commander';
import { CliError, EXIT } from './exit.ts';

/** What may follow a line of words: sub-commands and options. */
interface Node {
  /** The words that lead here, such as `keys create`; empty for the program itself. */
  readonly path: string;
  readonly words: readonly string[];
}

const wordsOf = (command: Command): readonly string[] => [...command.commands.map((child) => child.name()), ...command.options.flatMap((option) => (option.long === undefined || option.long === null ? [] : [option.long])), '--help'];

const nodesOf = (command: Command, path: readonly string[] = []): readonly Node[] => [{ path: path.join(' '), words: wordsOf(command) }, ...command.commands.flatMap((child) => nodesOf(child, [...path, child.name()]))];

/** Names of commands and options hold nothing that a shell reads otherwise; this keeps it so. */
const plain = (text: string): string => text.replaceAll(/[^A-Za-z0-9 -]/g, '');

const cases = (nodes: readonly Node[], row: (path: string, words: string) => string): string => nodes.map(({ path, words }) => row(plain(path), words.map(plain).join(' '))).join('\n');

const bash = (nodes: readonly Node[]): string => `# sallyport completion bash > /etc/bash_completion.d/sallyport
_sallyport() {
  local at="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do case "$word" in -*) ;; *) at="\${at:+$at }$word" ;; esac; done
  local words
  case "$at" in
${cases(nodes, (path, words) => `    "${path}") words="${words}" ;;`)}
    *) words="" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _sallyport sallyport
`;

const zsh = (nodes: readonly Node[]): string => `#compdef sallyport
# sallyport completion zsh > "\${fpath[1]}/_sallyport"
_sallyport() {
  local at="" word
  for word in "\${words[@]:1:CURRENT-2}"; do case "$word" in -*) ;; *) at="\${at:+$at }$word" ;; esac; done
  case "$at" in
${cases(nodes, (path, words) => `    "${path}") compadd -- ${words} ;;`)}
    *) _files ;;
  esac
}
compdef _sallyport sallyport
`;

const fish = (nodes: readonly Node[]): string => `# sallyport completion fish > ~/.config/fish/completions/sallyport.fish
function __sallyport_words
  set -l path (string join ' ' -- (string match --invert --regex '^-' -- (commandline -opc)[2..]))
  switch "$path"
${cases(nodes, (path, words) => `    case '${path}'\n      string split ' ' -- '${words}'`)}
  end
end
complete -c sallyport -a '(__sallyport_words)'
`;

const pwsh = (nodes: readonly Node[]): string => `# sallyport completion pwsh | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName sallyport -ScriptBlock {
  param($word, $ast, $cursor)
  $path = (@($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" } | Where-Object { $_ -notlike '-*' -and $_ -ne $word }) -join ' ')
  $words = @{
${cases(nodes, (path, words) => `    '${path}' = '${words}'`)}
  }
  "$($words[$path])".Split(' ') | Where-Object { $_ -like "$word*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}
`;

const SHELLS: ReadonlyMap<string, (nodes: readonly Node[]) => string> = new Map([['bash', bash], ['zsh', zsh], ['fish', fish], ['pwsh', pwsh]]);

/**
 * `sallyport completion SHELL`: a script that completes commands and options, made from the commands themselves.
 * @throws CliError for a shell that is not known
 */
export const completionFor = (shell: string, program: Command): string => {
  const make = SHELLS.get(shell);
  if (make === undefined) throw new CliError(`there is no completion for ${shell.slice(0, 32)}`, { exitCode: EXIT.usage, cure: `sallyport completion ${[...SHELLS.keys()].join('|')}` });
  return make(nodesOf(program));
};
