import type {QuotaDetector} from '../contract/index.js';
import {structuredQuotaDetector} from '../plugins/structured-quota/detector.js';
import {textQuotaDetector} from '../plugins/text-quota/detector.js';

/** The built-in quota detectors. */
export default function quotaDetectors(): QuotaDetector[] {
  return [structuredQuotaDetector, textQuotaDetector];
}
