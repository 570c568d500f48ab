/** One thing that is wrong in a configuration, and where. */
export interface ConfigFault {
  /** `servers.crm.command`, or `MCP_API_KEYS` for a variable. */
  readonly path: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

const place = (fault: ConfigFault, source: string): string => (fault.line === undefined ? source : `${source}:${String(fault.line)}:${String(fault.column ?? 1)}`);

/** The configuration cannot be used; each fault says what, where, and what to do. */
export class ConfigError extends Error {
  readonly faults: readonly ConfigFault[];

  /** @param source the file's name or the variable's */
  constructor(source: string, faults: readonly ConfigFault[]) {
    super(faults.map((fault) => `${place(fault, source)}  ${fault.path === '' ? '' : `${fault.path}: `}${fault.message}`).join('\n'));
    this.name = 'ConfigError';
    this.faults = faults;
  }
}
