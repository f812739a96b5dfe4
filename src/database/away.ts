/** Whether a statement failed for no connection, or none free, or no answer in time: exceptions, shutdown, too many clients. */
export function isDatabaseAway(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  const codes = /^(08...|57P0.|57014|53300|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/
  return codes.test(code) || /timeout exceeded when trying to connect|Connection terminated/.test(message)
}
