import { printable } from '../model/redaction.ts';
import { askAll, type Question as AskedQuestion } from './ask.ts';
import { CliError, EXIT, type ExitCode } from './exit.ts';
import { writeJson, type CommonOptions, type Terminal } from './terminal.ts';

/** The four questions, and what may be answered. */
const QUESTIONS = {
  caller: { asks: 'Who calls: a person through a client of theirs, a service that you run, or an app in the hands of others?', answers: ['person', 'service', 'app'] },
  data: { asks: 'Whose data is it: of everybody alike, or of each user apart?', answers: ['shared', 'per-user'] },
  directory: { asks: 'Is there an identity provider that knows the callers?', answers: ['yes', 'no'] },
  loss: { asks: 'What would misuse cost: something that can be borne, or, as in finance, health and infrastructure, more than that?', answers: ['bearable', 'catastrophic'] },
} as const;

type Question = keyof typeof QUESTIONS;

type Answers = { readonly [Name in Question]: (typeof QUESTIONS)[Name]['answers'][number] };

export type AdviseOptions = CommonOptions & { readonly [Name in Question]?: string };

/** A way in, and why. All others stay open: each server says by `accept` what it takes. */
export interface Advice {
  readonly wayIn: 'key' | 'token' | 'certificate';
  readonly because: string;
  readonly next: string;
  /** What has to be there first. */
  readonly but?: string;
}

const KEY = { wayIn: 'key', next: "sallyport keys create --owner WHO --days 90 --allow 'server:tool'" } as const;

const TOKEN = { wayIn: 'token', next: 'sallyport idp add https://ISSUER' } as const;

const NO_PROVIDER = 'people need an account somewhere: let them sign in at GitHub or Google, or with a key of their own, and the gateway gives out the tokens (sallyport init --profile team)';

/** In the order in which they decide; the last is for whoever none of the others is for. */
const ADVICE: readonly (readonly [when: (answers: Answers) => boolean, advice: Advice])[] = [
  [({ loss, caller }) => loss === 'catastrophic' && caller === 'service', { wayIn: 'certificate', because: 'the clients are few and yours, and nobody without a certificate may even connect', next: 'sallyport init --profile regulated' }],
  [({ data }) => data === 'per-user', { ...TOKEN, because: 'what each person may see has to be respected, and a key cannot tell the users behind it apart' }],
  [({ caller }) => caller === 'app', { ...TOKEN, because: 'whoever holds the app can read a key in it' }],
  [({ loss }) => loss === 'catastrophic', { ...TOKEN, because: 'a token is short-lived and says who it is for, while a key that gets lost opens until somebody notices' }],
  [({ caller, directory }) => caller === 'person' && directory === 'yes', { ...TOKEN, because: 'the directory knows who comes and goes, and whoever leaves it is out here too' }],
  [({ caller }) => caller === 'service', { ...KEY, because: 'from server to server the key never leaves your machines, and it works within minutes' }],
  [() => true, { ...KEY, because: 'any client can send a key, without redirects and without a browser' }],
];

/** What is recommended: by the threat, and not by taste (D1, R128). */
export const adviceFor = (answers: Answers): Advice => {
  const [, advice] = ADVICE.find(([when]) => when(answers)) ?? [undefined, { ...KEY, because: '' }];
  return advice.wayIn === 'token' && answers.directory === 'no' ? { ...advice, but: NO_PROVIDER } : advice;
};

const names = Object.keys(QUESTIONS) as readonly Question[]; // of a constant object

const choices = (name: Question): string => QUESTIONS[name].answers.join('|');

const isAnswer = <Name extends Question>(name: Name, text: string | undefined): text is Answers[Name] => QUESTIONS[name].answers.some((answer) => answer === text);

const usage = (message: string): CliError => new CliError(message, { exitCode: EXIT.usage, cure: `sallyport advise ${names.map((name) => `--${name} ${choices(name)}`).join(' ')}` });

/** Asks for what no flag has answered, where somebody can be asked. */
const askRest = async (options: AdviseOptions, terminal: Terminal): Promise<AdviseOptions> => {
  const next = (given: Readonly<Record<string, string>>): AskedQuestion | undefined => {
    const name = names.find((each) => options[each] === undefined && given[each] === undefined);
    return name === undefined ? undefined : { name, asks: `${QUESTIONS[name].asks} ${choices(name)}` };
  };
  const first = next({});
  if (first !== undefined && terminal.stdin?.isTTY !== true) throw usage(`not answered: ${first.asks}`);
  return { ...options, ...(await askAll(next, terminal)) };
};

const answerOf = <Name extends Question>(name: Name, options: AdviseOptions): Answers[Name] => {
  const text: string | undefined = options[name];
  if (isAnswer(name, text)) return text;
  throw usage(text === undefined ? `not answered: ${QUESTIONS[name].asks}` : `--${name} ${printable(text)} is none of the answers`);
};

const WAYS: Readonly<Record<Advice['wayIn'], string>> = { key: 'an API key', token: 'access tokens of your identity provider (OAuth)', certificate: 'client certificates (mutual TLS)' };

/** `sallyport advise`: which way in fits, and why. It changes nothing. */
export const advise = async (options: AdviseOptions, terminal: Terminal): Promise<ExitCode> => {
  for (const name of names) if (options[name] !== undefined) answerOf(name, options);
  const all = await askRest(options, terminal);
  const advice = adviceFor({ caller: answerOf('caller', all), data: answerOf('data', all), directory: answerOf('directory', all), loss: answerOf('loss', all) });
  if (options.json === true) {
    writeJson(terminal, advice);
    return EXIT.ok;
  }
  const but = advice.but === undefined ? '' : `  but      ${advice.but}\n`;
  terminal.stdout.write(`${WAYS[advice.wayIn]}\n  because  ${advice.because}\n${but}  next     ${advice.next}\n`);
  return EXIT.ok;
};
