import { PLAIN, type LabClient } from './lab-client.ts';

const hosted = ['https://vscode.dev/redirect', 'https://insiders.vscode.dev/redirect'];
const loopback = ['http://127.0.0.1/', 'http://localhost/', 'http://127.0.0.1:33418/', 'http://localhost:33418/'];

/** VS Code and Copilot in it: often at another port than the one that was registered (microsoft/vscode#278512). */
export const vscode: LabClient = {
  ...PLAIN,
  name: 'VS Code',
  sources: ['microsoft/vscode#278512'],
  identities: [
    { kind: 'document', url: 'https://vscode.dev/oauth/client-metadata.json', body: { client_name: 'Visual Studio Code', redirect_uris: [...hosted, ...loopback], application_type: 'native', token_endpoint_auth_method: 'none' } },
    { kind: 'registration', body: { client_name: 'Visual Studio Code', redirect_uris: [...hosted, ...loopback], application_type: 'native', token_endpoint_auth_method: 'none' } },
  ],
  redirects: [...hosted, 'http://127.0.0.1:33418/', 'http://127.0.0.1:51999/'],
};
