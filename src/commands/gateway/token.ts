import {BaseCommand} from '../../cli/base-command.js';
import {gatewaySecret} from '../../gateway/config/secret.js';

export default class GatewayToken extends BaseCommand<typeof GatewayToken> {
  static override summary = 'Print the secret with which a client without a login may use the gateway.';
  static override description =
    'For CODEX_API_KEY, for an API-key home, for a gateway that other machines reach. Treat it like a password: it gives the use of all accounts.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    'CODEX_API_KEY=$(<%= config.bin %> <%= command.id %>) codex exec -c openai_base_url=\'"http://127.0.0.1:4319/v1"\' "hello"',
  ];

  async run(): Promise<void> {
    // The one command whose result is a secret: it may not go through the redaction of everything else.
    process.stdout.write(`${await gatewaySecret(this.store.folder)}\n`);
  }
}
