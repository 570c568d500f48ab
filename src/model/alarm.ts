/** What an alarm can be about. A name never changes: whoever routes alarms goes by it. */
export const ALARM_NAMES = ['usage.unusual', 'key.leaked', 'key.expiring', 'key.rotation-due', 'token.expiring', 'certificate.expiring', 'refresh.reused', 'refresh.failed', 'audit.chain-broken', 'sink.stalled', 'handshakes.refused', 'alarms.test'] as const;

export type AlarmName = (typeof ALARM_NAMES)[number];

/** What is told at any hour, and no word of anybody keeps from being raised: whoever could silence it could hide what he does. */
export const LOUD: ReadonlySet<AlarmName> = new Set<AlarmName>(['audit.chain-broken']);

export const ALARM_STATES = ['open', 'expected', 'resolved'] as const;

export type AlarmState = (typeof ALARM_STATES)[number];

/** One thing that speaks for an alarm. */
export interface Evidence {
  /** What it is about, the same each time: `volume crm:search`. */
  readonly sign: string;
  /** With the numbers, in words that begin a clause. */
  readonly words: string;
}

/** Something that somebody should look at. There is one open alarm of a name and a subject at a time. */
export interface Alarm {
  readonly id: string;
  readonly name: AlarmName;
  /** What it is about, the same each time. */
  readonly subject: string;
  /** How bad it is; it is told again only when it gets worse. */
  readonly step: number;
  readonly words: string;
  readonly evidence: readonly Evidence[];
  /** Commands that do something about it. */
  readonly cures: readonly string[];
  readonly state: AlarmState;
  readonly raisedAtMs: number;
  /** When it last showed. */
  readonly lastAtMs: number;
  /** It is noted, and nobody was told: it may be a change that nobody has announced. */
  readonly untold?: true;
  /** Who has marked it as expected or resolved, and when; nobody where it went by itself. */
  readonly closed?: { readonly by?: string; readonly atMs: number };
}

/** That an alarm is over, and by whom, in words for whoever was told of it. */
export const overWords = ({ state, words, closed }: Pick<Alarm, 'state' | 'words' | 'closed'>): string => {
  const by = closed?.by === undefined ? '' : `, ${state} by ${closed.by}`;
  return `over${by}: ${words}`;
};

export const ALARM_ID = /^alm_[0-9a-f]{18}$/;

/** For so long what was marked as expected raises nothing, and is learned meanwhile. */
export const EXPECTED_DAYS = 14;
