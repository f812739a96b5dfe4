import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openPool, queriesOn } from '../../src/database/connect.ts'
import { inTransaction } from '../../src/database/copy.ts'
import { joinEmbedded } from '../../src/database/embedded.ts'
import { migrate } from '../../src/database/migrate.ts'
import { noteForLists } from '../../src/scopes/lists.ts'

const addresses = Number(process.env.ADDRESSES ?? 1_000_000)

/**
 * A database with two contracts of a million addresses, 30 % of them affected: A0000001's anywhere in the
 * alphabet, A0000002's all at its beginning. 20,000 more recipients are apart, 1,000 of them in doubt.
 */
export async function openContracts() {
  const folder = mkdtempSync(path.join(tmpdir(), 'mypage-bench-'))
  const server = await joinEmbedded(folder)
  const pool = openPool(server.url, { connections: 2, statementTimeout: 0 })
  const db = queriesOn(pool)
  const close = async () => {
    await db.destroy()
    await server.leave()
    rmSync(folder, { recursive: true, force: true })
  }
  await migrate(db)
  for (const statement of ground) await pool.query(statement)
  await inTransaction(pool, client => noteForLists(client, '1'))
  await pool.query('vacuum analyze')
  return { url: server.url, pool, db, close }
}

const surnames =
  'aoki endo goto hayashi ito kato mori nakamura ono saito suzuki tanaka ueda wada yamada'.split(' ')
const surname = `(array['${surnames.join(`','`)}'])[1 + number % ${surnames.length}]`
const domain = `(array['aoba.example','aoba-net.example','aoba-mail.example','akane.example','midori.example'])[1 + number / 16 % 5]`

const ground = [
  `insert into domains values ('aoba.example', 'provider'), ('aoba-net.example', 'provider'),
    ('aoba-mail.example', 'provider'), ('akane.example', 'virtual'), ('midori.example', 'virtual')`,
  `insert into incidents (slug, title_ja, title_en, starts_at, ends_at, zone, state)
    values ('outage', '障害', 'Outage', '2017-04-13T20:06+09:00', '2017-04-13T22:25+09:00', 'Asia/Tokyo', 'published')`,
  `insert into incident_domains select 1, name from domains where kind = 'provider'`,
  `insert into scopes (incident_id, version, state, sources, sources_key, coverage, totals, created_by, published_at)
    values (1, 1, 'published', '[]', '', '{"gaps":[]}', '{}', 'bench', now())`,
  `insert into accounts (login_id, kind, name, language)
    values ('A0000001', 'business', 'Anywhere', 'ja'), ('A0000002', 'business', 'At the beginning', 'ja')`,
  `insert into addresses (account_id, email, domain)
    select 1, ${surname} || '.' || substr(md5(number::text), 1, 5) || number || '@' || ${domain}, ${domain}
    from generate_series(1, ${addresses}) as number order by 2`,
  `insert into addresses (account_id, email, domain)
    select 2, 'user' || lpad(number::text, 7, '0') || '@' || ${domain}, ${domain}
    from generate_series(1, ${addresses}) as number order by 2`,
  `insert into address_totals select account_id, domain, count(*) from addresses group by 1, 2`,
  `insert into affected_addresses
    select account_id, 1, email, domain, true, 1 + (id * 7919 % 97)::int ^ 2 / 200,
      '2017-04-13T20:06+09:00', '2017-04-13T20:06+09:00'::timestamptz + id * 7919 % 8340 * interval '1 second'
    from addresses
    where case account_id when 1 then id * 2654435761 % 10 < 3 else email < 'user' || lpad(${addresses * 0.3}::text, 7, '0') end
    order by account_id, email`,
  `insert into unmatched_recipients select 1, 'gone' || number || '@aoba.example', 'no_owner', 1
    from generate_series(1, 19000) as number`,
  `insert into unmatched_recipients select 1, email, 'outside_window', 1 from addresses where id % ${addresses / 500} = 0`
]
