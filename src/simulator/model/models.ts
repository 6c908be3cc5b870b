import type {JsonObject} from '../account/json.js';

const efforts = [
  {effort: 'low', description: 'Fast responses with lighter reasoning'},
  {effort: 'medium', description: 'Balances speed and reasoning depth'},
  {effort: 'high', description: 'Greater reasoning depth for complex problems'},
];

/** Fields that every model has alike. */
const common: JsonObject = {
  prefer_websockets: true,
  support_verbosity: true,
  default_verbosity: 'low',
  apply_patch_tool_type: 'freeform',
  web_search_tool_type: 'text_and_image',
  input_modalities: ['text', 'image'],
  supports_image_detail_original: true,
  truncation_policy: {mode: 'tokens', limit: 10_000},
  supports_parallel_tool_calls: true,
  context_window: 272_000,
  max_context_window: 272_000,
  auto_compact_token_limit: null,
  default_reasoning_summary: 'none',
  default_reasoning_level: 'low',
  supported_reasoning_levels: efforts,
  shell_type: 'shell_command',
  visibility: 'list',
  minimal_client_version: '0.98.0',
  supported_in_api: true,
  availability_nux: null,
  upgrade: null,
  experimental_supported_tools: [],
  supports_reasoning_summaries: true,
  base_instructions: 'You are a simulated model. What you answer follows from the words of the prompt.',
};

function model(slug: string, name: string, priority: number, more: JsonObject): JsonObject {
  return {...common, slug, display_name: name, description: `Simulated ${name}.`, priority, ...more};
}

/**
 * The body of `GET models`, with the two ways of today's models to call tools: through one `exec` tool that
 * takes a script, and one function for each tool. The first is the default.
 *
 * @param slugs those that are named of them; null for all
 */
export function modelsBody(slugs: ReadonlySet<string> | null): JsonObject {
  return {models: models.filter(({slug}) => slugs?.has(String(slug)) !== false)};
}

/** The current ones also offer tools for sub-agents. */
const SCRIPTED: JsonObject = {
  tool_mode: 'code_mode_only',
  use_responses_lite: true,
  multi_agent_version: 'v2',
};

const models: JsonObject[] = [
  model('gpt-6.1-sol', 'GPT-6.1-Sol', 1, SCRIPTED),
  model('gpt-6-luna', 'GPT-6-Luna', 4, SCRIPTED),
  model('gpt-5.5', 'GPT-5.5', 13, {tool_mode: null, use_responses_lite: false}),
];

export const modelsEtag = '"simulated-models-1"';
