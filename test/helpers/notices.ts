import { addAffected } from './notice-faults.ts'
import type { openTestPortal } from './portal.ts'
import { addStaff, signInStaff } from './staff.ts'
import { mypageWith } from './terminal.ts'

/** 60 members who are to be told of an outage, an operator who is logged in, and the commands for notices. */
export async function openNotices(
  { app, db, pool, url }: Awaited<ReturnType<typeof openTestPortal>>,
  SMTP_URL: string
) {
  await addAffected(pool, 60)
  await addStaff(db, 'operator', 'operator')
  return {
    notices: (...args: string[]) =>
      mypageWith({ SMTP_URL, MAIL_FROM: 'notice@aoba.example' }, url, 'notices', ...args),
    cookie: await signInStaff(app, db, 'operator'),
    page: '/desk/incidents/outage/notices'
  }
}
