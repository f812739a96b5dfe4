import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTestDatabase } from '../helpers/database.ts'
import { mypage, temporaryFiles } from '../helpers/terminal.ts'

const { url } = await openTestDatabase()
const write = temporaryFiles()
const header = 'login_id,kind,name,contact_email,language,password_hash,address'

test('domains are virtual until they are said to be the provider’s', async () => {
  const row = 'hanako,individual,花子,,ja,,hanako@asahinet.jp'
  await mypage(url, 'members', 'import', write('members.csv', `${header}\n${row}\n`))
  assert.equal((await mypage(url, 'domains', 'list')).stdout, 'virtual  asahinet.jp  1 addresses\n')
  const { code, stdout } = await mypage(url, 'domains', 'provider', 'AsahiNet.jp', 'email.ne.jp')
  assert.deepEqual([code, stdout], [0, 'provider: asahinet.jp, email.ne.jp\n'])
  const both = 'provider  asahinet.jp  1 addresses\nprovider  email.ne.jp  0 addresses\n'
  assert.equal((await mypage(url, 'domains', 'list')).stdout, both)
  await mypage(url, 'domains', 'virtual', 'asahinet.jp')
  assert.match((await mypage(url, 'domains', 'list')).stdout, /^virtual {2}asahinet\.jp/)
})

test('what is no domain is refused', async () => {
  const { code, stderr } = await mypage(url, 'domains', 'provider', 'asahinet')
  assert.deepEqual([code, stderr], [1, '"asahinet" is not a domain.\n'])
})
