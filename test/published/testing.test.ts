import assert from 'node:assert/strict';
import {join} from 'node:path';

import importers from '../../src/hooks/importers.js';
import quotaDetectors from '../../src/hooks/quota-detectors.js';
import reportFormatters from '../../src/hooks/report-formatters.js';
import {checkExtension, checkPackage, sampleReport} from '../../src/published/testing.js';
import {FIXTURES} from '../support/packages.js';

describe('the conformance kit', () => {
  it('finds nothing wrong with the built-in extensions', async () => {
    for (const detector of quotaDetectors()) {
      assert.deepEqual(await checkExtension('quota-detector', detector), []);
    }
    for (const importer of importers()) assert.deepEqual(await checkExtension('importer', importer), []);
    for (const formatter of reportFormatters()) {
      assert.deepEqual(await checkExtension('report-formatter', formatter), []);
    }
  });

  it('names what is wrong with an extension', async () => {
    let calls = 0;
    const formatter = {apiVersion: 1 as const, id: 'counts', summary: 's', extension: 'txt'};
    const problems = await checkExtension('report-formatter', {...formatter, format: () => String(calls++)});
    assert.deepEqual(problems, ['counts: format gives another text for the same report']);
    assert.match(
      (await checkExtension('report-formatter', {...formatter, id: 'No', format: () => ''})).join(),
      /id: must match/,
    );
    const check = {
      apiVersion: 1 as const,
      id: 'bad',
      summary: 's',
      run: () => Promise.resolve([{} as never]),
    };
    assert.match((await checkExtension('doctor-check', check)).join(), /not a list of findings/);
  });

  it('names what is wrong with a package', async () => {
    assert.deepEqual(await checkPackage(join(FIXTURES, 'good')), []);
    assert.match((await checkPackage(join(FIXTURES, 'throw'))).join(), /the hook has a bug/);
    assert.match((await checkPackage(join(FIXTURES, 'no-manifest'))).join(), /no oclif\.manifest\.json/);
    assert.match((await checkPackage(join(FIXTURES, 'no-oclif'))).join(), /no oclif section/);
  });
});

describe('the built-in report formatters', () => {
  const [markdown, json] = reportFormatters();

  it('markdown is a table with the columns of old, whatever the names hold', async () => {
    const report = sampleReport();
    report.accounts[0]!.name = 'a|b';
    const lines = (await markdown!.format(report)).split('\n').filter((line) => line.startsWith('|'));
    assert.equal(
      lines[0],
      '| Account | Default | Login | Token Expires | Cooldown | Last Quota | Failures |',
    );
    assert.equal(lines[2], '| a\\|b | yes | yes | 2026-01-15 13:00 UTC | - | - | 0 |');
    assert.equal(lines[3], '| out | no | yes | 2026-01-15 13:00 UTC | until 2026-01-15 12:01 UTC | - | 3 |');
    assert.equal(lines.length, 5);
  });

  it('json is the report', async () => {
    assert.deepEqual(JSON.parse(await json!.format(sampleReport())), sampleReport());
  });
});
