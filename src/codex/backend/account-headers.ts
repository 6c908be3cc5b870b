/** What a request to the ChatGPT backend shows of its account. */
export type AccountCredential = {
  /** An access token, or a personal one. */
  accessToken: string;
  workspaceId: string | null;
  /** The workspace is one for US authorities. */
  isFedramp: boolean;
};

/** Headers that say for whom a request is made, in lower case: another account's never go out with a token. */
export const ACCOUNT_HEADERS: readonly string[] = ['authorization', 'chatgpt-account-id', 'x-openai-fedramp'];

/** Where the data of the client's workspace has to stay. It comes from that workspace's rules, not with the token. */
export const RESIDENCY_HEADER = 'x-openai-internal-codex-residency';

/** As Codex sends them. */
export function accountHeaders({
  accessToken,
  workspaceId,
  isFedramp,
}: AccountCredential): Record<string, string> {
  return {
    Authorization: `Bearer ${accessToken}`,
    ...(workspaceId === null ? {} : {'chatgpt-account-id': workspaceId}),
    ...(isFedramp ? {'X-OpenAI-Fedramp': 'true'} : {}),
  };
}
