import { addCast } from './cast.ts'
import { addIncident, publishScope } from './incident.ts'
import { openTestPortal, setPassword } from './portal.ts'
import { mypage, temporaryFiles } from './terminal.ts'

/** The portal with the cast, a published outage and a report, listening; everybody's password is "right". */
export async function openOutage() {
  const portal = await openTestPortal()
  const { app, db, pool, url } = portal
  await addCast(db)
  for (const id of ['hanako', 'taro', 'A0012345', 'A0099999']) await setPassword(db, id, 'right')
  await addIncident(db, 'outage')
  const file = temporaryFiles()
  const rows = Array.from({ length: 60 }, (_, at) => {
    const time = new Date(Date.UTC(2017, 3, 13, 11, 6 + at)).toISOString()
    return `${at % 3 ? 'hanako@aoba.example' : 'info@aoba-net.example'},${time},${at % 7 ? `s${at % 5}@shop.example` : ''},<${at}@mx>,2048,Q${at}`
  })
  const header = 'recipient,received_at,sender,message_id,size,queue_id'
  await publishScope({ db, pool }, 'outage', file('lost.csv', [header, ...rows, ''].join('\n')))
  const text =
    '# メール障害について\n\n詳しくは**ログイン**してご確認ください。\n\n## 対象\n\n- 一部のお客さま\n'
  const report = ['--ja', file('ja.md', text), '--en', file('en.md', '# Mail outage\n\nPlease **log in**.\n')]
  await mypage(url, 'report', 'publish', 'outage', ...report)
  const base = await app.listen({ host: '127.0.0.1', port: 0 })
  return { ...portal, base }
}
