import assert from 'node:assert/strict';

import {parseResetPhrase} from '../../../src/codex/process/reset-phrase.js';
import {useTimeZone} from '../../support/time-zone.js';

type Case = {text: string; now: string; is: string | null; zone?: string};

function check(cases: Case[]): void {
  for (const {text, now, is, zone} of cases) {
    it(`is ${is ?? 'unknown'} for "${text}" at ${now}${zone === undefined ? '' : ` in ${zone}`}`, () => {
      const at = parseResetPhrase(text, Date.parse(now), zone);
      assert.equal(at === null ? null : new Date(at).toISOString(), is === null ? null : `${is}:00.000Z`);
    });
  }
}

describe('the reset time in the words of Codex', () => {
  const NOON = '2026-11-22T12:00:00Z';

  describe('in UTC', () => {
    useTimeZone('UTC');
    check([
      {
        text: 'You’ve hit your usage limit. Upgrade to Pro, or try again at 2:07 PM.',
        now: NOON,
        is: '2026-11-22T14:07',
      },
      {text: "You've hit your usage limit. Try again at 02:07 pm.", now: NOON, is: '2026-11-22T14:07'},
      {text: 'try again at 12:05 PM', now: NOON, is: '2026-11-22T12:05'},
      // clock times that are over are tomorrow's, but not within the minute they name
      {text: 'try again at 12:05 AM', now: NOON, is: '2026-11-23T00:05'},
      {text: 'try again at 11:58 AM', now: NOON, is: '2026-11-23T11:58'},
      {text: 'try again at 11:59 AM', now: NOON, is: '2026-11-22T11:59'},
      {text: 'try again at 12:00 PM', now: '2026-11-22T12:00:59Z', is: '2026-11-22T12:00'},
      {text: 'try again at 9:00 AM', now: '2026-12-31T22:00:00Z', is: '2027-01-01T09:00'},
      // another day
      {text: 'try again at Nov 30th, 2026 9:50 AM', now: NOON, is: '2026-11-30T09:50'},
      {text: 'try again at Dec 1st, 2026 12:00 AM', now: NOON, is: '2026-12-01T00:00'},
      {text: 'try again at Jan 2nd, 2027 12:30 PM', now: NOON, is: '2027-01-02T12:30'},
      {text: 'try again at September 3rd, 2027 1:00 PM', now: NOON, is: '2027-09-03T13:00'},
      {text: 'try again at Nov 21st, 2026 9:00 AM', now: NOON, is: '2026-11-21T09:00'},
      {text: 'try again at Foo 3rd, 2026 9:00 AM', now: NOON, is: null},
      // from now on
      {text: 'try again in 2 hours 5 minutes', now: NOON, is: '2026-11-22T14:05'},
      {text: 'Try again in 3 days, 4 hours and 1 minute.', now: NOON, is: '2026-11-25T16:01'},
      {text: 'try again in 1 day', now: NOON, is: '2026-11-23T12:00'},
      {text: 'try again in 120 seconds', now: NOON, is: '2026-11-22T12:02'},
      {text: 'try again in 5 days 22 hours 11\nminutes.', now: NOON, is: '2026-11-28T10:11'},
      {text: 'try again in 2 weeks and 1 day', now: NOON, is: '2026-12-07T12:00'},
      {text: 'try again in less than a minute', now: NOON, is: '2026-11-22T12:01'},
      // however it is spelt and spaced
      {text: 'try again at 2:07\u202fPM.', now: NOON, is: '2026-11-22T14:07'},
      {text: 'try\u00a0again at Nov\u202f30th, 2026 9:50\u202fAM', now: NOON, is: '2026-11-30T09:50'},
      {text: 'try again at 2:07 p.m.', now: NOON, is: '2026-11-22T14:07'},
      {text: 'try again at 14:07', now: NOON, is: '2026-11-22T14:07'},
      {text: 'try again at 2:07:30 PM', now: NOON, is: '2026-11-22T14:07'},
      {text: 'try again at Sept 3, 2027, 1:00 PM', now: NOON, is: '2027-09-03T13:00'},
      {text: 'try again at Feb 29th, 2028 1:00 PM', now: NOON, is: '2028-02-29T13:00'},
      // what no clock or calendar shows
      {text: 'try again at 99:99 PM', now: NOON, is: null},
      {text: 'try again at 13:07 PM', now: NOON, is: null},
      {text: 'try again at 0:07 AM', now: NOON, is: null},
      {text: 'try again at 24:00', now: NOON, is: null},
      {text: 'try again at 2:60 PM', now: NOON, is: null},
      {text: 'try again at 2:071 PM', now: NOON, is: null},
      {text: 'try again at Feb 31st, 2027 1:00 PM', now: NOON, is: null},
      {text: 'try again at Feb 29th, 2027 1:00 PM', now: NOON, is: null},
      {text: 'try again at Nov 0th, 2026 1:00 PM', now: NOON, is: null},
      // no time at all
      {text: 'You’ve hit your usage limit. Please try again later.', now: NOON, is: null},
      {text: 'try again in a moment', now: NOON, is: null},
      {text: 'try again at noon', now: NOON, is: null},
      {text: 'The meeting is at 2:07 PM.', now: NOON, is: null},
      {text: '', now: NOON, is: null},
    ]);
  });

  describe('in New York', () => {
    useTimeZone('America/New_York');
    check([
      {text: 'try again at 2:07 PM', now: NOON, is: '2026-11-22T19:07'},
      {text: 'try again at Nov 30th, 2026 9:50 AM', now: NOON, is: '2026-11-30T14:50'},
      // the local day counts: it is still the 22nd there
      {text: 'try again at 11:00 PM', now: '2026-11-23T03:30:00Z', is: '2026-11-23T04:00'},
      // the night on which clocks go forward from 2 to 3: EST before, EDT after
      {text: 'try again at 5:00 AM', now: '2026-03-08T06:30:00Z', is: '2026-03-08T09:00'},
      {text: 'try again at 2:30 AM', now: '2026-03-08T06:30:00Z', is: '2026-03-08T07:30'},
      {text: 'try again at 10:00 PM', now: '2026-03-08T04:00:00Z', is: '2026-03-09T02:00'},
      // the night on which they go back: 1:30 comes twice, the first is meant
      {text: 'try again at 1:30 AM', now: '2026-11-01T04:30:00Z', is: '2026-11-01T05:30'},
      {text: 'try again at 5:00 AM', now: '2026-11-01T04:30:00Z', is: '2026-11-01T10:00'},
      {text: 'try again at Nov 2nd, 2026 9:00 AM', now: '2026-10-31T12:00:00Z', is: '2026-11-02T14:00'},
      // hours that pass do not care for clocks
      {text: 'try again in 1 day', now: '2026-03-07T12:00:00Z', is: '2026-03-08T12:00'},
    ]);
  });

  describe('in the zone of Codex, which is not ours', () => {
    useTimeZone('America/New_York');
    check([
      {text: 'try again at 4:20 PM', now: '2026-11-27T04:20:00Z', is: '2026-11-27T07:20', zone: 'Asia/Tokyo'},
      // there it is the next day already
      {text: 'try again at 1:00 AM', now: '2026-11-27T15:30:00Z', is: '2026-11-27T16:00', zone: 'Asia/Tokyo'},
      {text: 'try again at Nov 30th, 2026 9:50 AM', now: NOON, is: '2026-11-30T00:50', zone: ':Asia/Tokyo'},
      {
        text: 'try again at 2:30 AM',
        now: '2026-03-29T00:00:00Z',
        is: '2026-03-29T01:30',
        zone: 'Europe/Berlin',
      },
      {text: 'try again at 9:00 AM', now: NOON, is: '2026-11-23T03:15', zone: 'Asia/Kathmandu'},
      {text: 'try again at 9:00 AM', now: NOON, is: null, zone: 'Nowhere/Land'},
      {text: 'try again in 1 hour', now: NOON, is: '2026-11-22T13:00', zone: 'Nowhere/Land'},
    ]);
  });
});
