/** A command that could not do its job: the message says what, where and how to mend it. */
export class Failure extends Error {}
