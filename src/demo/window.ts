/** When mail was lost, in milliseconds since 1970: 13 April 2017, 20:06 to 22:25 in Japan. */
export const startsAt = Date.UTC(2017, 3, 13, 11, 6)
export const endsAt = Date.UTC(2017, 3, 13, 13, 25)
