/** A number as people read it: 88,798. */
export function count(number: number): string {
  return number.toLocaleString('en')
}
