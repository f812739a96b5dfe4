import type { AccountKind } from '../database/tables.ts'

export type CastMember = {
  loginId: string
  password: string
  kind: AccountKind
  name: string
  /** What this account shows, for whoever tries the demo. */
  story: { ja: string; en: string }
}

/** The accounts of the demo that can log in; nobody else there has a password. */
export const cast = [
  {
    loginId: 'hanako',
    password: 'sakura-2017-hanako',
    kind: 'individual',
    name: '佐藤 花子',
    story: {
      ja: '個人会員。メールが失われたアドレスと、対象外のバーチャルドメインのアドレスを持つ。',
      en: 'individual: mail was lost for one address, not for the other, on a virtual domain'
    }
  },
  {
    loginId: 'taro',
    password: 'tsubame-2017-taro',
    kind: 'individual',
    name: '鈴木 太郎',
    story: {
      ja: '個人会員。失われたメールはない。',
      en: 'individual: no mail was lost'
    }
  },
  {
    loginId: 'A0012345',
    password: 'minato-2017-shoji',
    kind: 'business',
    name: '株式会社みなと商事',
    story: {
      ja: '法人契約。60 アドレスのうち一部が対象。',
      en: 'business: 60 addresses, some of them affected'
    }
  },
  {
    loginId: 'A0099999',
    password: 'midori-2017-gakuen',
    kind: 'business',
    name: '学校法人みどり学園',
    story: {
      ja: '大口の法人契約。2,000 アドレスすべてが対象。',
      en: 'large business: all of its 2,000 addresses are affected'
    }
  }
] as const satisfies CastMember[]

/** What hanako lost: minutes after the start of the window, and the sender. */
export const hanakosMail: [minutes: number, sender: string][] = [
  [2, 'news@ichiba-market.example'],
  [6, 'yoko.suzuki@mail.example'],
  [12, 'order@ichiba-market.example'],
  [19, 'pta@aoba-shogakko.example'],
  [25, 'mag@ryori-techo.example'],
  [33, 'yoko.suzuki@mail.example'],
  [42, 'notice@minato-bank.example'],
  [48, ''],
  [54, 'letter@hon-no-mori.example'],
  [67, 'kenji.sato@univ.example'],
  [78, 'reserve@shika-clinic.example'],
  [92, 'shipping@takuhai.example'],
  [112, 'yoko.suzuki@mail.example'],
  [134, 'winner@lottery.invalid']
]
