/** Phrases that sell. One of them in a message that calls itself care is a mistake, or worse (45 CFR 164.501). */
const SELLING =
	/\d+\s?% (?:off|discount)|\b(?:special|exclusive|limited[- ]time|introductory) (?:offer|deal|price|rate)s?\b|\b(?:buy|order|shop|book|act) now\b|\bsave (?:up to )?[$€£]?\d+|\b(?:promo|coupon|discount|voucher) codes?\b|\bcoupons?\b|\bfree trial\b|\bwhile (?:supplies|stocks) last\b|\bbuy one,? get one\b|\b(?:black friday|cyber monday)\b|\bclearance sale\b|\bsale ends\b|\blowest prices?\b|\bmoney[- ]back guarantee\b|\brefer a friend\b|\bupgrade (?:today|now)\b/iu;

/** The first words of a text that advertise, or null. */
export function sellingWordsIn(text: string): string | null {
	return SELLING.exec(text)?.[0].trim() ?? null;
}
