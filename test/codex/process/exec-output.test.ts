import assert from 'node:assert/strict';

import {lastErrorIn, tellsOfWork} from '../../../src/codex/process/exec-output.js';

const BEGIN = '{"type":"thread.started","thread_id":"01a2"}\n{"type":"turn.started"}\n';
const item = (type: string): string =>
  `{"type":"item.completed","item":{"id":"item_0","type":"${type}","text":"…"}}\n`;
const DONE = '{"type":"turn.completed","usage":{"input_tokens":11088,"output_tokens":144}}\n';
const failed = (message: string): string => `{"type":"turn.failed","error":{"message":"${message}"}}\n`;
const HEAD = 'OpenAI Codex v0.169.0\n--------\nsession id: 01a2\n--------\nuser\nhello\n';

describe('the output of codex exec', () => {
  const WORK: {title: string; output: string; tells: boolean}[] = [
    {title: 'nothing', output: '', tells: false},
    {title: 'a turn that only began', output: BEGIN, tells: false},
    {title: 'a message', output: BEGIN + item('agent_message'), tells: true},
    {title: 'a command', output: BEGIN + item('command_execution'), tells: true},
    {title: 'an item that is an error', output: BEGIN + item('error') + failed('no'), tells: false},
    {title: 'an error, then a message', output: BEGIN + item('error') + item('agent_message'), tells: true},
    {title: 'prose of a turn', output: `${HEAD}codex\nHello.\ntokens used\n11,232\n`, tells: true},
    {
      title: 'prose of a turn with colours',
      output: `${HEAD}\x1b[35mtokens used\x1b[0m\n11,232\n`,
      tells: true,
    },
    {
      title: 'prose that stops at an error',
      output: `${HEAD}ERROR: You’ve hit your usage limit.\n`,
      tells: false,
    },
  ];
  for (const {title, output, tells} of WORK) {
    it(`tells ${tells ? '' : 'nothing '}of work in ${title}`, () => assert.equal(tellsOfWork(output), tells));
  }

  const ERRORS: {title: string; output: string; error: string | null}[] = [
    {title: 'none in nothing', output: '', error: null},
    {title: 'none in a turn that succeeded', output: BEGIN + item('agent_message') + DONE, error: null},
    {title: 'that of the turn', output: BEGIN + failed('limit'), error: 'limit'},
    {title: 'that of the last turn', output: failed('first') + failed('last'), error: 'last'},
    {title: 'none where a later turn succeeded', output: failed('first') + DONE, error: null},
    {title: 'none where a failed turn gives no reason', output: '{"type":"turn.failed"}\n', error: null},
    {title: 'not what an item says', output: item('error') + failed('limit') + item('x'), error: 'limit'},
    {title: 'in prose', output: `${HEAD}ERROR: You’ve hit it.\n`, error: 'You’ve hit it.'},
    {title: 'in prose, the last', output: 'ERROR: Reconnecting... 1/5\nERROR: gone\n', error: 'gone'},
    {title: 'in prose with colours', output: '\x1b[31m\x1b[1mERROR:\x1b[0m gone\r\n\r\n', error: 'gone'},
    {title: 'not inside a sentence', output: 'There was an error: none\n', error: null},
    {
      title: 'in prose behind a line that is not whole JSON',
      output: '{"type":"turn.fa\nERROR: x\n',
      error: 'x',
    },
  ];
  for (const {title, output, error} of ERRORS) {
    it(`names as its error ${title}`, () => assert.equal(lastErrorIn(output), error));
  }
});
