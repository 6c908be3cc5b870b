import {traitsOf} from '../../codex/login/login-kind.js';
import {shownPercent} from '../../codex/usage/rate-limits.js';
import {USAGE_SOURCE_WORDS} from '../../codex/usage/source-words.js';
import {windowLabel} from '../../codex/usage/window-name.js';
import type {AccountReport, Usage, UsageWindow} from '../../contract/index.js';
import {type Html, html, utc} from './html.js';

/** One account: who, whether it can work, its windows, and what went wrong last. */
export function accountCard(account: AccountReport): Html {
  const {name, isDefault, kind, state, spendsCredits, plan, email, usage, modelCooldowns, missingModels} =
    account;
  return html`<article class="card">
    <div class="head">
      <h3>${name}${isDefault ? html`<span class="badge plain">default</span>` : null}</h3>
      <span class="badge ${state}">${state}${spendsCredits ? ' (on credits)' : ''}</span>
    </div>
    <p class="soft small">${[plan, email].filter((part) => part !== null).join(' · ')}</p>
    ${stateLine(account)} ${usage === null ? null : usage.windows.map(windowBar)}
    ${modelCooldowns.map(
      ({limitId, untilMs}) => html`<p class="trouble">${limitId} is out until ${utc(untilMs)}</p>`,
    )}
    ${missingModels.map(({model}) => html`<p class="trouble">without the model ${model}</p>`)}
    <p class="soft small origin">${usage === null ? noUsage(kind) : originOf(usage)}</p>
  </article>`;
}

function noUsage(kind: AccountReport['kind']): string {
  return traitsOf(kind).billed ? 'billed, without a quota' : 'usage not known';
}

function stateLine({state, stateReason, cooldownUntilMs, lastError}: AccountReport): Html | null {
  const reason = stateReason ?? lastError;
  const until = state === 'cooldown' && cooldownUntilMs !== null ? `until ${utc(cooldownUntilMs)}` : null;
  const words = [until, reason].filter((part) => part !== null).join(': ');
  return words === '' ? null : html`<p class="trouble">${words}</p>`;
}

function windowBar(window: UsageWindow): Html {
  const {usedPercent, resetsAtMs} = window;
  const used = Math.min(100, Math.max(0, usedPercent));
  const label = windowLabel(window);
  const shown = `${shownPercent(usedPercent)} %`;
  const level = used >= 90 ? 'high' : used >= 70 ? 'mid' : '';
  return html`<div class="window">
    <div><span>${label}</span><b>${shown}</b></div>
    <div class="bar" role="img" aria-label="${label}: ${shown} used">
      <i class="${level}" style="width:${used}%"></i>
    </div>
    <p class="soft small">${resetsAtMs === null ? 'no reset announced' : `resets ${utc(resetsAtMs)}`}</p>
  </div>`;
}

function originOf({source, fetchedAtMs, credits}: Usage): string {
  const origin = `${USAGE_SOURCE_WORDS[source]}, ${utc(fetchedAtMs)}`;
  if (credits?.unlimited) return `${origin} · unlimited credits`;
  return credits?.hasCredits ? `${origin} · credits ${credits.balance ?? 'left'}` : origin;
}
