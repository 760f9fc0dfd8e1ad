/**
 * What people say, and when it runs next, found with a calendar and not with the code. The schedule starts, and is asked, on
 * Wednesday 2026-03-11 at 10:17:30 UTC. `03-12` is 2026-03-12 at 00:00; `-` is never again.
 */
export const start = Date.parse('2026-03-11T10:17:30Z')

const text = `
every second | 03-11 10:17:31, 03-11 10:17:32
secondly | 03-11 10:17:31, 03-11 10:17:32
every 10 seconds | 03-11 10:17:40, 03-11 10:17:50, 03-11 10:18
every 7 seconds | 03-11 10:17:35, 03-11 10:17:42, 03-11 10:17:49, 03-11 10:17:56, 03-11 10:18
every 45 secs | 03-11 10:17:45, 03-11 10:18, 03-11 10:18:45
every 90 seconds | 03-11 10:18, 03-11 10:19:30, 03-11 10:21
every 20 seconds anchoredOn 10 | 03-11 10:17:50, 03-11 10:18:10
every minute | 03-11 10:18, 03-11 10:19
minutely | 03-11 10:18, 03-11 10:19
every 15 minutes | 03-11 10:30, 03-11 10:45, 03-11 11:00
@every 15 min | 03-11 10:30, 03-11 10:45
every 25 mins | 03-11 10:25, 03-11 10:50, 03-11 11:00
every 40 minutes | 03-11 10:40, 03-11 11:00, 03-11 11:40
every 90 minutes | 03-11 10:30, 03-11 12:00, 03-11 13:30
every 90 minutes anchoredOn 30 | 03-11 11:00, 03-11 12:30, 03-11 14:00
every 5 minutes anchoredOn 2 | 03-11 10:22, 03-11 10:27
every 15 minutes basedAt 5 | 03-11 10:20, 03-11 10:35, 03-11 10:50
every hour | 03-11 11:00, 03-11 12:00
hourly | 03-11 11:00, 03-11 12:00
every two hours | 03-11 12:00, 03-11 14:00
every 5 hrs | 03-11 15:00, 03-11 20:00, 03-12 00:00
every 7 hours | 03-11 14:00, 03-11 21:00, 03-12 00:00
every 6 hours anchored on 9 | 03-11 15:00, 03-11 21:00, 03-12 03:00
every 24 hours | 03-12 10:17:30, 03-13 10:17:30
every 36 hours | 03-12 22:17:30, 03-14 10:17:30
every 48 hours on mondays | 03-23 10:17:30, 04-06 10:17:30
every hour between 9am and 5pm | 03-11 11:00, 03-11 12:00, 03-11 13:00
every hour between 9:00 and 11:00 | 03-11 11:00, 03-12 09:00, 03-12 10:00, 03-12 11:00, 03-13 09:00
every 30 minutes between 10pm and 2am | 03-11 22:00, 03-11 22:30, 03-11 23:00
every 2 hours between 10pm and 2am | 03-11 22:00, 03-12 00:00, 03-12 02:00, 03-12 22:00
every hour between 10pm and 1am on Friday | 03-13 22:00, 03-13 23:00, 03-14 00:00, 03-14 01:00, 03-20 22:00
every hour between 10pm and midnight on friday | 03-13 22:00, 03-13 23:00, 03-14 00:00, 03-20 22:00
every hour between 11pm and 1am on fridays and saturdays | 03-13 23:00, 03-14 00:00, 03-14 01:00, 03-14 23:00
every hour between [11pm and 1am, 1am and 2am] on friday | 03-13 01:00, 03-13 02:00, 03-13 23:00, 03-14 00:00, 03-14 01:00, 03-20 01:00
every 30 minutes between [1pm and 1:30pm, 6pm and 6:30pm] | 03-11 13:00, 03-11 13:30, 03-11 18:00, 03-11 18:30, 03-12 13:00
every 30 minutes between 1pm and 1:30pm and between 6pm and 6:30pm | 03-11 13:00, 03-11 13:30, 03-11 18:00
every hour from 6pm | 03-11 18:00, 03-11 19:00, 03-11 20:00
every hour upto 1am | 03-12 00:00, 03-12 01:00, 03-13 00:00
every hour until 01:00 | 03-12 00:00, 03-12 01:00, 03-13 00:00
every hour from 9am to 10am | 03-12 09:00, 03-12 10:00, 03-13 09:00
every hour, from 11pm, until 1am | 03-11 23:00, 03-12 00:00, 03-12 01:00, 03-12 23:00
every hour on monday | 03-16 00:00, 03-16 01:00
every hour on weekends between 9am and 10am | 03-14 09:00, 03-14 10:00, 03-15 09:00
every 6 hours on the 1st | 04-01 00:00, 04-01 06:00, 04-01 12:00, 04-01 18:00, 05-01 00:00
every 12 hours in april | 04-01 00:00, 04-01 12:00, 04-02 00:00
every 12 hours on 1st and Monday | 03-16 00:00, 03-16 12:00, 03-23 00:00
hourly on weekdays from 4pm to 5pm | 03-11 16:00, 03-11 17:00, 03-12 16:00
every minute between 23:58 and midnight | 03-11 23:58, 03-11 23:59, 03-12 00:00, 03-12 23:58
every 25 secs between 1:20pm and 1:21pm | 03-11 13:20, 03-11 13:20:25, 03-11 13:20:50, 03-11 13:21, 03-12 13:20
every 30 minutes between Mon and Fri from 5pm | 03-11 17:00, 03-11 17:30
every 6 hours from 6pm until april | 03-11 18:00, 03-12 18:00
every 10 minutes between 09:00 and 09:00 | 03-12 09:00, 03-13 09:00
every day | 03-12, 03-13, 03-14
daily | 03-12, 03-13
EVERY 1 DAY | 03-12, 03-13
every dy at 9am | 03-12 09:00, 03-13 09:00
every day at 9 am | 03-12 09:00, 03-13 09:00
every day at 9:30 p.m. | 03-11 21:30, 03-12 21:30
every day at 12am | 03-12, 03-13
every day at 12pm | 03-11 12:00, 03-12 12:00
every day at 12:30 am | 03-12 00:30
every day at noon | 03-11 12:00, 03-12 12:00
noon | 03-11 12:00, 03-12 12:00
midnight | 03-12, 03-13
every midnight | 03-12, 03-13
at midnight every day | 03-12, 03-13
at 9am, every weekday | 03-12 09:00, 03-13 09:00, 03-16 09:00
every day at 14:00:10 | 03-11 14:00:10, 03-12 14:00:10
daily at 10:17:30 | 03-12 10:17:30
daily at 10:17:31 | 03-11 10:17:31
every day at 9 | 03-12 09:00, 03-13 09:00
every day at 9 and 17 | 03-11 17:00, 03-12 09:00, 03-12 17:00
every day at [09:00, 18:00] | 03-11 18:00, 03-12 09:00, 03-12 18:00
every day at 9am, 1pm and 5pm | 03-11 13:00, 03-11 17:00, 03-12 09:00
every day at 5pm and at 9am | 03-11 17:00, 03-12 09:00
every other day | 03-13, 03-15, 03-17
every 3 days | 03-14, 03-17, 03-20
every third day at 8am | 03-14 08:00, 03-17 08:00
every 2nd day at 6pm | 03-11 18:00, 03-13 18:00
every 10 days anchoredOn 15th | 03-15, 03-25, 04-04
every 3 days anchoredOn 2026-03-10 | 03-13, 03-16
every day between Mon and Fri | 03-12, 03-13, 03-16
every day from monday to friday at 9am | 03-12 09:00, 03-13 09:00, 03-16 09:00
every day between Sat and Mon | 03-14, 03-15, 03-16, 03-21
every day from Fri | 03-13, 03-14, 03-15, 03-20
every day upto Tue | 03-16, 03-17, 03-23
every day upto 3rd | 04-01, 04-02, 04-03, 05-01
every day from 30th | 03-30, 03-31, 04-30
every day between 10th and 12th | 03-12, 04-10, 04-11
every day between 30th and 2nd | 03-30, 03-31, 04-01, 04-02, 04-30
every day between LastDay - 1 and 1st | 03-30, 03-31, 04-01, 04-29
every day between Nov and Feb | 11-01, 11-02
every day in Dec between 24th and 26th at 8am | 12-24 08:00, 12-25 08:00, 12-26 08:00, 2027-12-24 08:00
every day on monday | 03-16, 03-23
every day on friday on 13th | 03-13, 11-13, 2027-08-13
every day on weekdays at 9am | 03-12 09:00, 03-13 09:00, 03-16 09:00
every day at 9am between 8am and 10am | 03-12 09:00, 03-13 09:00
every day at 9am and 5pm between 8am and noon | 03-12 09:00, 03-13 09:00
every friday at 1am between 10pm and 2am | 03-13 01:00, 03-20 01:00
every day at 9am from 1st to 12th | 03-12 09:00, 04-01 09:00
every 2 days between Mon and Fri | 03-13, 03-17, 03-19, 03-23
every day on 2026-04-01 at 9am | 04-01 09:00, -
every day on 1st and Monday at 9am | 03-16 09:00, 03-23 09:00, 03-30 09:00, 04-01 09:00
every weekday | 03-12, 03-13, 03-16
every weekday at 9am | 03-12 09:00, 03-13 09:00, 03-16 09:00
every weekend | 03-14, 03-15, 03-21
every monday | 03-16, 03-23
every mon, wed and fri at 7am | 03-13 07:00, 03-16 07:00, 03-18 07:00
every wednesday at 11am | 03-11 11:00, 03-18 11:00
every monday and friday at 9am and 5pm | 03-13 09:00, 03-13 17:00, 03-16 09:00
every week on Mon 2pm and Wed 4pm | 03-11 16:00, 03-16 14:00, 03-18 16:00
every week on [Mon 2pm, Wed 4pm] | 03-11 16:00, 03-16 14:00, 03-18 16:00
every monday at 9am and friday at 5pm | 03-13 17:00, 03-16 09:00, 03-20 17:00
every monday at 9am and on friday at 5pm in april | 04-03 17:00, 04-06 09:00
every week at 9am on monday and at 5pm on friday | 03-13 17:00, 03-16 09:00
every week | 03-18, 03-25, 04-01
weekly at 9am | 03-18 09:00, 03-25 09:00
weekly on fri | 03-13, 03-20
every wk on mondays | 03-16, 03-23
every 2 weeks | 03-25, 04-08
every 2 weeks at 6pm | 03-11 18:00, 03-25 18:00
every 2 weeks on mon and fri | 03-13, 03-23, 03-27
every two weeks on [mon, fri] at 9 | 03-13 09:00, 03-23 09:00
every other friday at 5pm | 03-13 17:00, 03-27 17:00
every other monday | 03-23, 04-06
every other weekend | 03-14, 03-15, 03-28
every second week on monday | 03-23, 04-06
every 2 weeks anchoredOn Fri | 03-13, 03-27
every 2 weeks anchoredOn Mon | 03-16, 03-30
every week anchoredOn sunday | 03-15, 03-22
every 3 weeks anchoredOn 2026-03-05 | 03-26, 04-16
every 2 weeks anchoredOn 2026-03-16 on tue and thu | 03-17, 03-19, 03-31
every week in april | 04-01, 04-08, 04-15
on tue and thu every 2 weeks at 10:00 | 03-12 10:00, 03-24 10:00, 03-26 10:00
every thursday between Apr and May | 04-02, 04-09
every monday from June | 06-01, 06-08
every month | 04-11, 05-11
monthly at 9am | 04-11 09:00, 05-11 09:00
monthly on 1st | 04-01, 05-01
every month on 10th at 9am | 04-10 09:00, 05-10 09:00
every mth on day 10 | 04-10, 05-10
every 1st and 15th | 03-15, 04-01, 04-15
every first and fifteenth at noon | 03-15 12:00, 04-01 12:00
every month on [1st, 15th] at 9am | 03-15 09:00, 04-01 09:00
monthly on [1st 9am, 15th 5pm] | 03-15 17:00, 04-01 09:00
every month on 1st at 9am and on 15th at 5pm | 03-15 17:00, 04-01 09:00
every month on the 31st | 03-31, 05-31, 07-31
every month on LastDay | 03-31, 04-30
every last day of the month at 18:00 | 03-31 18:00, 04-30 18:00
every month on LastDayOfTheMonth | 03-31, 04-30
every month on last day - 1 | 03-30, 04-29, 05-30
every month on FirstDay + 2 | 04-03, 05-03
every month on FirstDayOfMonth | 04-01, 05-01
every month on FirstDay + 30 | 03-31, 04-30
every month on LastDay-29 | 04-01, 05-02, 06-01
every month on FirstWeekday | 04-01, 05-01, 06-01
every year on first weekday of august | 08-03, 2027-08-02, 2028-08-01
every month on LastWeekday | 03-31, 04-30, 05-29
every month on ClosestWeekdayTo 15th | 03-16, 04-15, 05-15
every month on ClosestWeekdayTo 15th at 9 | 03-16 09:00, 04-15 09:00
every month on ClosestWeekdayTo 1st in aug | 08-03, 2027-08-02
every month on the closest weekday to the 31st | 03-31, 05-29, 07-31
every month on 1stMon at 2pm | 04-06 14:00, 05-04 14:00
every month on 1stMonday 2pm | 04-06 14:00, 05-04 14:00
every month on FirstMonday | 04-06, 05-04, 06-01
every first monday of the month | 04-06, 05-04
first monday of every month at 10am | 04-06 10:00, 05-04 10:00
on the 1st of every month at 9am | 04-01 09:00, 05-01 09:00
every month on 5thFriday | 05-29, 07-31, 10-30
every last friday of the month at 17:00 | 03-27 17:00, 04-24 17:00
every month on second tuesday | 04-14, 05-12, 06-09
every 2ndTue | 04-14, 05-12
every month on 1st and 3rdMon | 03-16, 04-01, 04-20
every 1st and 3rd monday | 03-16, 04-06, 04-20
every 2 months | 05-11, 07-11
every other month on 15th | 03-15, 05-15
every 3 months on 1st | 06-01, 09-01
every 2 months anchoredOn Nov on 1st | 05-01, 07-01, 09-01
every 5 months anchoredOn Nov on 1st | 06-01, 11-01, 2027-04-01
every 5 months anchoredOn Feb on 1st | 04-01, 09-01, 2027-02-01
every 6 months anchoredOn Feb on 1st | 08-01, 2027-02-01
every 3 months anchoredOn Jan on 1st at 6am | 04-01 06:00, 07-01 06:00
every month in Jan and Jul | 07-11, 2027-01-11
every month on 1st in mar, jun, sep and dec | 06-01, 09-01, 12-01
every month on 1st between Nov and Feb | 11-01, 12-01, 2027-01-01, 2027-02-01, 2027-11-01
every month on 15th between Mon and Fri | 04-15, 05-15, 06-15
every month on 13th on friday | 03-13, 11-13, 2027-08-13
every 1st in january and 15th in july | 07-15, 2027-01-01
every month on the 1st of January and July | 07-01, 2027-01-01
every month on month 4 on day 2 | 04-02, 2027-04-02
every year | 2027-03-11, 2028-03-11
yearly at 9am | 2027-03-11 09:00
every 2 yrs | 2028-03-11, 2030-03-11
every year on 12-31 | 12-31, 2027-12-31
every year on Jan-23 14:00 | 2027-01-23 14:00, 2028-01-23 14:00
every 12-25 at 8am | 12-25 08:00, 2027-12-25 08:00
every january 1st | 2027-01-01, 2028-01-01
every dec 25 at 8am | 12-25 08:00, 2027-12-25 08:00
every year on Jan 1st and Jul 1st at 6am | 07-01 06:00, 2027-01-01 06:00
every year on 1st January 9am and 1st July 5pm | 07-01 17:00, 2027-01-01 09:00
every year on [12-24, 12-25] at 18:00 | 12-24 18:00, 12-25 18:00, 2027-12-24 18:00
every year on 2027-01-23 | 2027-01-23, -
every year on Jan 1st, 2027 at noon | 2027-01-01 12:00, -
every year on 1st of January 2027 | 2027-01-01, -
every year on 29th feb | 2028-02-29, 2032-02-29
every year on the last day of february | 2027-02-28, 2028-02-29
every year on first monday of september | 09-07, 2027-09-06
every year on LastFriday in November at 9am | 11-27 09:00, 2027-11-26 09:00
every 2 years anchoredOn 2027 on Jan 1st | 2027-01-01, 2029-01-01
every 4 years on 12-31 | 12-31, 2030-12-31
every year on 1st of April at 10:00 | 04-01 10:00, 2027-04-01 10:00
every 15th of march | 03-15, 2027-03-15
every day at 9am tz America/New_York | 03-11 13:00, 03-12 13:00
every day at 9am timezone Asia/Tokyo | 03-12 00:00, 03-13 00:00
every hour @tz Asia/Kolkata | 03-11 10:30, 03-11 11:30
every day timezone Europe/Rome | 03-11 23:00, 03-12 23:00
`

/** `[sentence, moments]`; null is never again. */
export const examples = text
  .trim()
  .split('\n')
  .map((line) => {
    const [sentence, moments] = line.split(' | ') as [string, string]
    return { sentence, moments: moments.split(', ').map(momentOf) }
  })

function momentOf(text: string): string | null {
  if (text === '-') return null
  const [date, time = '00:00'] = text.split(' ') as [string, string?]
  const full = date.length === 5 ? `2026-${date}` : date
  return `${full}T${time.length === 5 ? `${time}:00` : time}`
}
