/**
 * The number of a notice `n`, by which a reader tells it from a fake: eight characters in two groups. Text of
 * our own, without any value: a statement that is put together from text has it as well.
 */
export const codeColumn = `upper(substr(n.token::text, 1, 4) || '-' || substr(n.token::text, 5, 4))`
