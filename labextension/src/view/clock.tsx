/** Times that run down, each drawn again by itself. */

import type { JSX } from 'preact';

import { formatCountdown, formatExpiry } from './format';
import { useNow, wantsStillness } from './hooks';
import type { Instant } from './picture';

const HOUR_MS = 3_600_000;
const SLOWLY_MS = 30_000;

/** The time now, renewed as often as what is left of the time to `until` can change in words. */
function useNowUntil(until: Instant): number {
  const left = new Date(until).getTime() - Date.now();
  const slowly = left > HOUR_MS || wantsStillness();
  return useNow(left > 0, slowly ? SLOWLY_MS : 1000);
}

/** How long it is until then. */
export function Countdown({ until }: { until: Instant }): JSX.Element {
  const now = useNowUntil(until);
  const left = (new Date(until).getTime() - now) / 1000;
  return (
    <span class="mn-num" title={until}>
      {left > 0 ? `in ${formatCountdown(left)}` : 'now'}
    </span>
  );
}

/** When an approval runs out, and what happens then. */
export function Expiry({ at, then }: { at: Instant; then: string | null }): JSX.Element {
  return <span title={at}>{formatExpiry(at, then, useNowUntil(at))}</span>;
}
