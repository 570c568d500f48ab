import type { Finding } from '../../scan/finding.ts';

/** A path as a URI reference (RFC 3986 §4.2); what is a URL is one already. */
const uriOf = (path: string): string => (/^https?:\/\//.test(path) ? path : path.split('/').map((part) => encodeURIComponent(part)).join('/'));

const resultOf = ({ rule, what, certainty, path, place, line, column, masked, next, same, commit }: Finding) => ({
  ruleId: rule,
  level: certainty === 'certain' ? 'error' : 'warning',
  message: { text: `${what}${masked === '' ? '' : ` (${masked})`}${commit === undefined ? '' : ` in commit ${commit}`}. Next: ${next}.` },
  locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(path) }, region: { startLine: line, startColumn: column } }, ...(place === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: place }] }) }],
  partialFingerprints: { secret: same },
});

/** Findings in the form that code hosts read (SARIF 2.1.0). */
export const toSarif = (findings: readonly Finding[], version: string): object => ({
  $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
  version: '2.1.0',
  runs: [{
    tool: { driver: { name: 'sallyport scan', version, informationUri: 'https://sallyport.dev/docs/scan', rules: [...new Map(findings.map(({ rule, what, next }) => [rule, { id: rule, shortDescription: { text: what }, help: { text: next } }])).values()] } },
    columnKind: 'utf16CodeUnits',
    results: findings.map(resultOf),
  }],
});
