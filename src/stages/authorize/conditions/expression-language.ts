import { Environment } from '@marcbachmann/cel-js';

/** CEL with our variables, and with bounds on what an expression may be. */
export const environment = new Environment({ limits: { maxAstNodes: 500, maxDepth: 40, maxListElements: 200, maxMapEntries: 50, maxCallArguments: 8 } })
  // What is known of their types is checked when the file is read, and not with every call.
  .registerVariable('principal', 'map<string, dyn>')
  .registerVariable('call', 'map<string, dyn>')
  .registerVariable('server', 'map<string, string>')
  .registerVariable('request', 'map<string, string>')
  .registerVariable('now', 'google.protobuf.Timestamp');
