import type {Standing} from '../../src/accounts/state/account-state.js';
import type {Candidate} from '../../src/accounts/standings.js';
import {emptyStatus} from '../../src/accounts/data/status-file.js';

/** An account of this name and state, as a run sees it; there is nothing on disk. */
export function candidate(name: string, standing: Partial<Standing> & Pick<Standing, 'state'>): Candidate {
  return {
    name,
    account: {name, home: `/nowhere/${name}`, isDefault: false, status: emptyStatus()},
    login: {kind: 'missing'},
    kind: 'chatgpt',
    usage: {windows: []},
    news: [],
    standing: {untilMs: null, reason: null, spendsCredits: false, ...standing},
    modelUntilMs: null,
    lacksModel: false,
    listsModel: null,
  };
}
