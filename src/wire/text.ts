/**
 * Texts of peers on their way to people. The wire keeps texts as sent; whoever prints one strips it
 * here first. Read next: `cli/print.ts`.
 */

/**
 * Removes what could drive or deceive a terminal: C0, DEL and C1 controls, controls of writing
 * direction (U+061C, U+200E, U+200F, U+202A–202E, U+2066–2069), zero-width characters (U+200B–200D,
 * U+FEFF), line and paragraph separators, lone surrogates.
 */
export function stripControl (text: string): string {
  return text.replace(UNPRINTED, '')
}

// Cc: C0, DEL, C1. Cs: surrogates, which under the u flag are only the lone ones.
const UNPRINTED = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b-\u200d\ufeff]/gu
