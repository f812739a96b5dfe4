import { localPart } from './addresses.ts'
import { familyNames, givenNames, trades } from './names.ts'
import { pick, pickEarly, type Random } from './random.ts'

// Reserved names alone (RFC 2606): nobody real ever gets mail because of the demo.
const newsletters = `news@ichiba-market.example mag@ryori-techo.example otoku@denki-plaza.example
  info@onsen-tabi.example tokubai@super-hinata.example letter@hon-no-mori.example news@golf-biyori.example
  point@koto-card.example mail@ryokou-club.example info@kimono-kobo.example melmag@wine-kura.example
  news@tetsudo-tomo.example info@hana-engei.example press@nihon-shimpo.example campaign@depart-ginza.example
  info@camera-kan.example news@kenko-seikatsu.example info@pet-no-ie.example event@hall-aoba.example
  mag@money-juku.example`.split(/\s+/)
const notices = `notice@minato-bank.example no-reply@sakura-card.example info@hikari-denryoku.example
  order@ichiba-market.example shipping@takuhai.example yoyaku@ryokou-club.example reserve@shika-clinic.example
  no-reply@calendar.test alert@kabu-shoken.example kaiin@seimei-hoken.example`.split(/\s+/)
const homes = [
  'mail.example',
  'post.example',
  'keitai.example',
  'hikari.example',
  'univ.example',
  'home.test'
]
const junk = ['winner@lottery.invalid', 'info@cheap-watch.invalid', 'admin@account-check.invalid']

/** Who might have written: `''` is the null sender of a bounce. */
export function newSender(random: Random): string {
  const kind = random()
  if (kind < 0.04) return ''
  if (kind < 0.42) return pickEarly(random, newsletters)
  if (kind < 0.58) return pick(random, notices)
  if (kind < 0.6) return pick(random, junk)
  const family = pickEarly(random, familyNames).latin
  if (kind < 0.82)
    return `${localPart(random, family, pick(random, givenNames).latin)}@${pick(random, homes)}`
  return `${family}@${pick(random, familyNames).latin}-${pick(random, trades).latin}.example`
}
