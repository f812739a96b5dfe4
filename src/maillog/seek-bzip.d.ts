declare module 'seek-bzip' {
  class Stream {}
  type Input = Stream & { readByte(): number; eof(): boolean }
  type Output = Stream & { writeByte(byte: number): void }
  const bunzip: {
    Stream: typeof Stream
    decode(input: Input, output: Output, multistream: boolean): void
  }
  export default bunzip
}
