export type Name = { kanji: string; latin: string }

/** Common family names, the most common first. */
export const familyNames = named(`佐藤 sato 鈴木 suzuki 高橋 takahashi 田中 tanaka 伊藤 ito 渡辺 watanabe
  山本 yamamoto 中村 nakamura 小林 kobayashi 加藤 kato 吉田 yoshida 山田 yamada 佐々木 sasaki 山口 yamaguchi
  松本 matsumoto 井上 inoue 木村 kimura 林 hayashi 斎藤 saito 清水 shimizu 山崎 yamazaki 森 mori 池田 ikeda
  橋本 hashimoto 阿部 abe 石川 ishikawa 山下 yamashita 中島 nakajima 石井 ishii 小川 ogawa 前田 maeda
  岡田 okada 長谷川 hasegawa 藤田 fujita 後藤 goto 近藤 kondo 村上 murakami 遠藤 endo 青木 aoki 坂本 sakamoto
  福田 fukuda 太田 ota 西村 nishimura 藤井 fujii 金子 kaneko 岡本 okamoto 藤原 fujiwara 中野 nakano
  三浦 miura 原田 harada 中川 nakagawa 松田 matsuda 竹内 takeuchi 小野 ono 田村 tamura 中山 nakayama
  和田 wada 石田 ishida 森田 morita 上田 ueda`)

export const givenNames =
  named(`陽子 yoko 健一 kenichi 恵子 keiko 誠 makoto 裕子 yuko 隆 takashi 由美子 yumiko
  浩 hiroshi 幸子 sachiko 和夫 kazuo 真由美 mayumi 修 osamu 久美子 kumiko 明 akira 直美 naomi 豊 yutaka
  智子 tomoko 正 tadashi 美穂 miho 茂 shigeru 愛 ai 大輔 daisuke 美咲 misaki 翔太 shota 彩 aya 拓也 takuya
  麻衣 mai 健太 kenta 香織 kaori 直樹 naoki 恵 megumi 剛 tsuyoshi 千尋 chihiro 学 manabu 葵 aoi 大樹 daiki
  遥 haruka 亮 ryo 優子 yuuko 達也 tatsuya 洋介 yosuke 典子 noriko 進 susumu 節子 setsuko 清 kiyoshi
  静江 shizue 勇 isamu 文子 fumiko 博之 hiroyuki 里美 satomi 俊介 shunsuke 早苗 sanae`)

/** What follows a family name in the name of a company. */
export const trades = named(`商事 shoji 建設 kensetsu 工業 kogyo 運輸 unyu 食品 shokuhin 設計事務所 sekkei
  印刷 insatsu 電機 denki 不動産 fudosan 会計事務所 kaikei 医院 clinic 学習塾 juku 製作所 seisaku 園芸 engei`)

function named(table: string): Name[] {
  const words = table.split(/\s+/)
  return Array.from({ length: words.length / 2 }, (_, at) => ({
    kanji: words[2 * at] as string,
    latin: words[2 * at + 1] as string
  }))
}
