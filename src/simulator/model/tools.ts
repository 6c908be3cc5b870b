import type {AgentCall} from './answers.js';
import {sealContent} from './encrypted.js';
import {newId} from './items.js';
import {objectsAt, stringAt, type JsonObject} from '../account/json.js';

/** The item with which the model runs a shell command, in the form that this request's tools allow. */
export function shellCall(command: string, request: JsonObject, input: JsonObject[]): JsonObject {
  const names = toolNames(request, input);
  const callId = newId('call');
  if (names.has('exec')) {
    const script = `const result = await tools.exec_command(${JSON.stringify({cmd: command, yield_time_ms: 30_000})});\ntext(result.output);`;
    return {
      type: 'custom_tool_call',
      id: newId('ctc'),
      status: 'completed',
      call_id: callId,
      name: 'exec',
      input: script,
    };
  }
  const call = functionArguments(command, names);
  return {
    type: 'function_call',
    id: newId('fc'),
    status: 'completed',
    call_id: callId,
    name: call.name,
    arguments: JSON.stringify(call.arguments),
  };
}

/**
 * The item with which the model deals with a sub-agent. The words to it are sealed for the account, and the call says
 * so: Codex hands them on as they are.
 */
export function agentCall(call: AgentCall, account: string, responseId: string): JsonObject {
  const {message} = call.arguments;
  const sealed =
    typeof message === 'string'
      ? {message: sealContent({account, kind: 'message', responseId, toolOutputs: [], text: message})}
      : {};
  return {
    type: 'function_call',
    id: newId('fc'),
    status: 'completed',
    call_id: newId('call'),
    namespace: 'collaboration',
    name: call.tool,
    arguments: JSON.stringify({...call.arguments, ...sealed}),
    ...('message' in sealed ? {encrypted_function_args: ['message']} : {}),
  };
}

function functionArguments(command: string, names: Set<string>): {name: string; arguments: JsonObject} {
  if (names.has('exec_command')) return {name: 'exec_command', arguments: {cmd: command}};
  if (names.has('shell_command')) return {name: 'shell_command', arguments: {command}};
  if (names.has('shell')) return {name: 'shell', arguments: {command: ['bash', '-lc', command]}};
  throw new Error(`no tool to run a shell command with among: ${[...names].join(', ')}`);
}

/** Tools come with the request, or as an item of the input; either may gather them in namespaces. */
function toolNames(request: JsonObject, input: JsonObject[]): Set<string> {
  const lists = [request, ...input.filter((item) => item['type'] === 'additional_tools')];
  const tools = lists.flatMap((holder) => objectsAt(holder, 'tools'));
  const named = tools.flatMap((tool) => (tool['type'] === 'namespace' ? objectsAt(tool, 'tools') : [tool]));
  return new Set(named.map((tool) => stringAt(tool, 'name') ?? ''));
}
