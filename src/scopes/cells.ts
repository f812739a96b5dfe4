/** A column whose text a stranger chose, as it may stand in a CSV file: a spreadsheet takes it for no formula. */
export function cell(column: string): string {
  return `regexp_replace(${column}, '^(?=[-=+@\\t\\r])', '''')`
}
