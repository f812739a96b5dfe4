/** Whether two transactions waited for each other, and this one was ended: it may be tried again. */
export function isDeadlock(error: unknown): boolean {
  return (error as { code?: string }).code === '40P01'
}

/** Whether a statement failed for no connection, or none free, or no answer in time: exceptions, shutdown, too many clients. */
export function isDatabaseAway(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  const codes = /^(08...|57P0.|57014|53300|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/
  return codes.test(code) || /timeout exceeded when trying to connect|Connection terminated/.test(message)
}
