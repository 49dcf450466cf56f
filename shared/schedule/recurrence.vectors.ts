/**
 * Rules and the local times that they mean: the examples of RFC 5545 §3.8.5.3 (America/New_York, first of each list as
 * printed there) and cases of our own. `first` is how the series begins; `whole` says that it ends there.
 */
export interface Vector {
  name: string;
  start: string;
  timeZone: string;
  rrule: string;
  first: readonly string[];
  whole?: boolean;
}

const NEW_YORK = 'America/New_York';
const RFC_START = '1997-09-02T09:00';

const at = (time: string, ...dates: string[]): string[] => dates.map((date) => `${date}T${time}`);
const nine = (...dates: string[]): string[] => at('09:00', ...dates);
const rfc = (name: string, rrule: string, first: readonly string[], more: Partial<Vector> = {}): Vector => ({
  name: `RFC 5545: ${name}`,
  start: RFC_START,
  timeZone: NEW_YORK,
  rrule,
  first,
  ...more,
});
const ours = (name: string, start: string, rrule: string, first: readonly string[], more: Partial<Vector> = {}): Vector => ({
  name,
  start,
  timeZone: 'Asia/Ho_Chi_Minh',
  rrule,
  first,
  ...more,
});

export const VECTORS: readonly Vector[] = [
  rfc(
    'daily for 10 occurrences',
    'FREQ=DAILY;COUNT=10',
    nine(...Array.from({ length: 10 }, (_, day) => `1997-09-${String(day + 2).padStart(2, '0')}`)),
    {
      whole: true,
    },
  ),
  rfc('every other day', 'FREQ=DAILY;INTERVAL=2', nine('1997-09-02', '1997-09-04', '1997-09-06', '1997-09-08')),
  rfc(
    'every 10 days, 5 occurrences',
    'FREQ=DAILY;INTERVAL=10;COUNT=5',
    nine('1997-09-02', '1997-09-12', '1997-09-22', '1997-10-02', '1997-10-12'),
    {
      whole: true,
    },
  ),
  rfc('every day in January', 'FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA', nine('1998-01-01', '1998-01-02'), {
    start: '1998-01-01T09:00',
  }),
  rfc('weekly for 10 occurrences', 'FREQ=WEEKLY;COUNT=10', nine('1997-09-02', '1997-09-09', '1997-09-16')),
  rfc('weekly until 24 December', 'FREQ=WEEKLY;UNTIL=19971224T000000Z;BYDAY=TU', nine('1997-09-02', '1997-09-09')),
  rfc(
    'every other week',
    'FREQ=WEEKLY;INTERVAL=2;WKST=SU',
    nine('1997-09-02', '1997-09-16', '1997-09-30', '1997-10-14', '1997-10-28', '1997-11-11'),
  ),
  rfc(
    'Tuesday and Thursday for five weeks',
    'FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH',
    nine('1997-09-02', '1997-09-04', '1997-09-09', '1997-09-11'),
    {},
  ),
  rfc(
    'every other week on Monday, Wednesday and Friday',
    'FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR',
    nine('1997-09-01', '1997-09-03', '1997-09-05', '1997-09-15', '1997-09-17'),
    { start: '1997-09-01T09:00' },
  ),
  rfc(
    'every other week on Tuesday and Thursday',
    'FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH',
    nine('1997-09-02', '1997-09-04', '1997-09-16', '1997-09-18', '1997-09-30', '1997-10-02', '1997-10-14', '1997-10-16'),
    { whole: true },
  ),
  rfc(
    'first Friday of the month',
    'FREQ=MONTHLY;COUNT=10;BYDAY=1FR',
    nine(
      '1997-09-05',
      '1997-10-03',
      '1997-11-07',
      '1997-12-05',
      '1998-01-02',
      '1998-02-06',
      '1998-03-06',
      '1998-04-03',
      '1998-05-01',
      '1998-06-05',
    ),
    {
      start: '1997-09-05T09:00',
      whole: true,
    },
  ),
  rfc(
    'first and last Sunday of every other month',
    'FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU',
    nine(
      '1997-09-07',
      '1997-09-28',
      '1997-11-02',
      '1997-11-30',
      '1998-01-04',
      '1998-01-25',
      '1998-03-01',
      '1998-03-29',
      '1998-05-03',
      '1998-05-31',
    ),
    {
      start: '1997-09-07T09:00',
      whole: true,
    },
  ),
  rfc(
    'second-to-last Monday',
    'FREQ=MONTHLY;COUNT=6;BYDAY=-2MO',
    nine('1997-09-22', '1997-10-20', '1997-11-17', '1997-12-22', '1998-01-19', '1998-02-16'),
    {
      start: '1997-09-22T09:00',
      whole: true,
    },
  ),
  rfc(
    'third-to-last day of the month',
    'FREQ=MONTHLY;BYMONTHDAY=-3',
    nine('1997-09-28', '1997-10-29', '1997-11-28', '1997-12-29', '1998-01-29', '1998-02-26'),
    { start: '1997-09-28T09:00' },
  ),
  rfc('2nd and 15th', 'FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15', nine('1997-09-02', '1997-09-15', '1997-10-02', '1997-10-15')),
  rfc(
    'first and last day of the month',
    'FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1',
    nine(
      '1997-09-30',
      '1997-10-01',
      '1997-10-31',
      '1997-11-01',
      '1997-11-30',
      '1997-12-01',
      '1997-12-31',
      '1998-01-01',
      '1998-01-31',
      '1998-02-01',
    ),
    {
      start: '1997-09-30T09:00',
      whole: true,
    },
  ),
  rfc(
    '10th to 15th every 18 months',
    'FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15',
    nine(
      '1997-09-10',
      '1997-09-11',
      '1997-09-12',
      '1997-09-13',
      '1997-09-14',
      '1997-09-15',
      '1999-03-10',
      '1999-03-11',
      '1999-03-12',
      '1999-03-13',
    ),
    {
      start: '1997-09-10T09:00',
      whole: true,
    },
  ),
  rfc(
    'every Tuesday, every other month',
    'FREQ=MONTHLY;INTERVAL=2;BYDAY=TU',
    nine('1997-09-02', '1997-09-09', '1997-09-16', '1997-09-23', '1997-09-30', '1997-11-04'),
  ),
  rfc('June and July', 'FREQ=YEARLY;COUNT=10;BYMONTH=6,7', nine('1997-06-10', '1997-07-10', '1998-06-10', '1998-07-10'), {
    start: '1997-06-10T09:00',
  }),
  rfc(
    'every other year in January, February and March',
    'FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3',
    nine('1997-03-10', '1999-01-10', '1999-02-10', '1999-03-10', '2001-01-10'),
    {
      start: '1997-03-10T09:00',
    },
  ),
  rfc(
    '1st, 100th and 200th day every third year',
    'FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200',
    nine(
      '1997-01-01',
      '1997-04-10',
      '1997-07-19',
      '2000-01-01',
      '2000-04-09',
      '2000-07-18',
      '2003-01-01',
      '2003-04-10',
      '2003-07-19',
      '2006-01-01',
    ),
    {
      start: '1997-01-01T09:00',
      whole: true,
    },
  ),
  rfc('20th Monday of the year', 'FREQ=YEARLY;BYDAY=20MO', nine('1997-05-19', '1998-05-18', '1999-05-17'), { start: '1997-05-19T09:00' }),
  rfc('Monday of week 20', 'FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO', nine('1997-05-12', '1998-05-11', '1999-05-17'), {
    start: '1997-05-12T09:00',
  }),
  rfc('every Thursday in March', 'FREQ=YEARLY;BYMONTH=3;BYDAY=TH', nine('1997-03-13', '1997-03-20', '1997-03-27', '1998-03-05'), {
    start: '1997-03-13T09:00',
  }),
  rfc('every Thursday from June to August', 'FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8', nine('1997-06-05', '1997-06-12'), {
    start: '1997-06-05T09:00',
  }),
  rfc(
    'every Friday the 13th',
    'FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13',
    nine('1998-02-13', '1998-03-13', '1998-11-13', '1999-08-13', '2000-10-13'),
  ),
  rfc(
    'Saturday after the first Sunday',
    'FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13',
    nine('1997-09-13', '1997-10-11', '1997-11-08', '1997-12-13', '1998-01-10', '1998-02-07'),
    {
      start: '1997-09-13T09:00',
    },
  ),
  rfc(
    'presidential election day',
    'FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8',
    nine('1996-11-05', '2000-11-07', '2004-11-02'),
    {
      start: '1996-11-05T09:00',
    },
  ),
  rfc(
    'third of Tuesday, Wednesday and Thursday',
    'FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3',
    nine('1997-09-04', '1997-10-07', '1997-11-06'),
    {
      start: '1997-09-04T09:00',
      whole: true,
    },
  ),
  rfc(
    'second-to-last weekday of the month',
    'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2',
    nine('1997-09-29', '1997-10-30', '1997-11-27', '1997-12-30', '1998-01-29', '1998-02-26', '1998-03-30'),
    {
      start: '1997-09-29T09:00',
    },
  ),
  rfc('every third hour', 'FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z', ['1997-09-02T09:00', '1997-09-02T12:00', '1997-09-02T15:00'], {
    whole: true,
  }),
  rfc(
    'every 15 minutes',
    'FREQ=MINUTELY;INTERVAL=15;COUNT=6',
    ['09:00', '09:15', '09:30', '09:45', '10:00', '10:15'].map((time) => `1997-09-02T${time}`),
    { whole: true },
  ),
  rfc(
    'every hour and a half',
    'FREQ=MINUTELY;INTERVAL=90;COUNT=4',
    ['09:00', '10:30', '12:00', '13:30'].map((time) => `1997-09-02T${time}`),
    { whole: true },
  ),
  rfc('every 20 minutes from 9:00 to 16:40, by days', 'FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40', [
    '1997-09-02T09:00',
    '1997-09-02T09:20',
    '1997-09-02T09:40',
    '1997-09-02T10:00',
  ]),
  rfc('every 20 minutes from 9:00 to 16:40, by minutes', 'FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16', [
    '1997-09-02T09:00',
    '1997-09-02T09:20',
    '1997-09-02T09:40',
    '1997-09-02T10:00',
  ]),
  rfc(
    'weeks that begin on Monday',
    'FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO',
    nine('1997-08-05', '1997-08-10', '1997-08-19', '1997-08-24'),
    {
      start: '1997-08-05T09:00',
      whole: true,
    },
  ),
  rfc(
    'weeks that begin on Sunday',
    'FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU',
    nine('1997-08-05', '1997-08-17', '1997-08-19', '1997-08-31'),
    {
      start: '1997-08-05T09:00',
      whole: true,
    },
  ),
  rfc(
    '30 February is left out',
    'FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5',
    nine('2007-01-15', '2007-01-30', '2007-02-15', '2007-03-15', '2007-03-30'),
    {
      start: '2007-01-15T09:00',
      whole: true,
    },
  ),

  ours(
    'the morning session, Monday to Saturday',
    '2026-11-23T05:30',
    'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA',
    at('05:30', '2026-11-23', '2026-11-24', '2026-11-25', '2026-11-26', '2026-11-27', '2026-11-28', '2026-11-30'),
  ),
  ours('two sessions a day in one rule', '2026-11-23T05:30', 'FREQ=DAILY;BYHOUR=5,17;BYMINUTE=30', [
    '2026-11-23T05:30',
    '2026-11-23T17:30',
    '2026-11-24T05:30',
  ]),
  ours(
    'a start that the rule does not hold is no occurrence',
    '2026-11-23T05:30',
    'FREQ=WEEKLY;BYDAY=TU',
    at('05:30', '2026-11-24', '2026-12-01'),
  ),
  ours(
    'the 31st skips shorter months',
    '2026-01-31T05:30',
    'FREQ=MONTHLY',
    at('05:30', '2026-01-31', '2026-03-31', '2026-05-31', '2026-07-31', '2026-08-31'),
  ),
  ours(
    'the last day of each month',
    '2026-01-31T05:30',
    'FREQ=MONTHLY;BYMONTHDAY=-1',
    at('05:30', '2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30'),
  ),
  ours('29 February, every four years', '2024-02-29T05:30', 'FREQ=YEARLY', at('05:30', '2024-02-29', '2028-02-29', '2032-02-29')),
  ours('29 February is not kept in 2100', '2096-02-29T05:30', 'FREQ=YEARLY', at('05:30', '2096-02-29', '2104-02-29')),
  ours(
    'the last working day of the month',
    '2026-11-01T17:00',
    'FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1',
    at('17:00', '2026-11-30', '2026-12-31', '2027-01-29'),
  ),
  ours(
    'until a date, that date included',
    '2026-11-23T05:30',
    'FREQ=DAILY;UNTIL=20261125',
    at('05:30', '2026-11-23', '2026-11-24', '2026-11-25'),
    { whole: true },
  ),
  ours(
    'until a local time, that time included',
    '2026-11-23T05:30',
    'FREQ=DAILY;UNTIL=20261124T053000',
    at('05:30', '2026-11-23', '2026-11-24'),
    { whole: true },
  ),
  ours(
    'until an instant, that instant included',
    '2026-11-23T05:30',
    'FREQ=DAILY;UNTIL=20261123T223000Z',
    at('05:30', '2026-11-23', '2026-11-24'),
    { whole: true },
  ),
  ours('a rule that is never due ends', '2026-11-23T05:30', 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30', [], { whole: true }),
  ours(
    'week 53 is there only in long years',
    '2026-01-01T05:30',
    'FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU',
    at('05:30', '2027-01-03', '2033-01-02'),
  ),
  ours('on the hour from 8 to 11', '2026-11-23T08:00', 'FREQ=HOURLY;BYHOUR=8,9,10,11', [
    '2026-11-23T08:00',
    '2026-11-23T09:00',
    '2026-11-23T10:00',
    '2026-11-23T11:00',
    '2026-11-24T08:00',
  ]),
];
