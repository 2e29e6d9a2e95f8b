/** The kit writes numbers and times as every sentence of Stepwell does, on the server too. */
export * from '../text/format.ts';
