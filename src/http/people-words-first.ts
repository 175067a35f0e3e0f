import type { Cadence, ChannelName, Level } from '../base/names.js';
import type { FormProblem } from './people-views.js';

/** Everything that the hosted pages say. `{name}` is filled in. */
export interface PeopleWords {
  readonly channels: Readonly<Partial<Record<ChannelName, string>>>;
  readonly unsubscribe: {
    readonly title: string;
    readonly ofCategory: string;
    readonly ofAll: string;
    readonly allMeans: string;
    readonly categoryButton: string;
    readonly allButton: string;
    readonly categoryDone: string;
    readonly allDone: string;
    readonly again: string;
    readonly undone: string;
    readonly needsConsent: string;
  };
  readonly preferences: {
    readonly title: string;
    readonly intro: string;
    readonly others: string;
    readonly SECURITY: string;
    readonly MANDATORY: string;
    readonly FIXED: string;
    readonly fixedCell: string;
    readonly advertising: string;
    readonly agree: string;
    readonly terms: string;
    readonly privacy: string;
    readonly BY_TEXT: string;
    readonly ELSEWHERE: string;
    readonly NO_TERMS: string;
    readonly level: string;
    readonly levels: Readonly<Record<Level, { readonly name: string; readonly means: string }>>;
    readonly howOften: string;
    readonly cadences: Readonly<Record<Cadence, string>>;
    readonly asUsual: string;
    readonly more: string;
    readonly first: string;
    readonly always: string;
    readonly channels: string;
    readonly channelsMean: string;
    readonly quiet: string;
    readonly quietMeans: string;
    readonly from: string;
    readonly to: string;
    readonly pause: string;
    readonly pauseUntil: string;
    readonly pauseMeans: string;
    readonly isPaused: string;
    readonly all: string;
    readonly allMeans: string;
    readonly isUnsubscribed: string;
    readonly save: string;
    readonly saved: string;
    readonly notSaved: string;
    readonly titleSaved: string;
    readonly titleNotSaved: string;
  };
  readonly problems: Readonly<Record<FormProblem, string>>;
  readonly shut: Readonly<Record<'INVALID' | 'EXPIRED' | 'AWAY', { readonly title: string; readonly text: string }>>;
}

export const ENGLISH: PeopleWords = {
  channels: { INBOX: 'In the app', EMAIL: 'E-mail', WEB_PUSH: 'Browser', MOBILE_PUSH: 'Mobile app' },
  unsubscribe: {
    title: 'Unsubscribe',
    ofCategory: 'Do you want no more of “{name}” ({channel})?',
    ofAll: 'Do you want nothing more that is not necessary?',
    allMeans: 'That ends all advertising and news. What is necessary, like security and your orders, still comes.',
    categoryButton: 'Unsubscribe from “{name}”',
    allButton: 'Unsubscribe from everything',
    categoryDone: 'Done: you get no more of “{name}” ({channel}).',
    allDone: 'Done: you get nothing more that is not necessary.',
    again: 'Subscribe again',
    undone: 'You are subscribed again.',
    needsConsent:
      'Your choice is saved, but this is advertising: it comes only once you agree to it on the page of your notification preferences.',
  },
  preferences: {
    title: 'Notification preferences',
    intro: 'Choose what reaches you, and how.',
    others: 'Notifications',
    SECURITY: 'Always on: it is about the security of your account.',
    MANDATORY: 'Always on: it is necessary.',
    FIXED: 'This cannot be changed here.',
    fixedCell: 'cannot be changed',
    advertising:
      'This is advertising. You can end it at any time: untick it here, or use the link in every e-mail of it.',
    agree: 'By ticking a box you agree to get it that way until you end it. That is no condition of any purchase.',
    terms: 'Terms',
    privacy: 'Privacy policy',
    BY_TEXT: 'only after you answered YES to our text message',
    ELSEWHERE: 'only after you agreed to it elsewhere; that cannot be done here',
    NO_TERMS: 'cannot be chosen until we say what it is about, how much of it comes, and on what terms',
    level: 'How much do you want?',
    levels: {
      EVERYTHING: { name: 'Everything', means: 'As you choose it below.' },
      DIGESTS: { name: 'Digests', means: 'Everything, gathered: once a day, unless you choose otherwise below.' },
      TRANSACTIONAL: {
        name: 'Only what concerns you',
        means: 'Orders, bookings, your account. No news and no advertising.',
      },
      CRITICAL: { name: 'Only what is critical', means: 'Security, and what cannot wait.' },
    },
    howOften: 'how often',
    cadences: {
      INSTANT: 'At once',
      HOURLY: 'Every hour',
      DAILY: 'Once a day',
      WEEKLY: 'Once a week',
    },
    asUsual: 'As usual',
    more: 'More choices',
    first: 'Reach me first by',
    always: 'For everything',
    channels: 'Channels',
    channelsMean: 'Nothing comes by a channel that is off here, whatever is chosen above. Only what is always on does.',
    quiet: 'Quiet hours',
    quietMeans: 'Meanwhile things wait, unless they are urgent. Your time zone: {zone}.',
    from: 'From',
    to: 'To',
    pause: 'Pause',
    pauseUntil: 'Pause until',
    pauseMeans: 'Everything rests until this day begins, and then goes on by itself. Empty: no pause.',
    isPaused: 'Everything is paused until {date}.',
    all: 'Unsubscribe from everything that is not necessary',
    allMeans: 'Whatever is chosen above.',
    isUnsubscribed: 'You are unsubscribed from everything that is not necessary.',
    save: 'Save',
    saved: 'Your choices are saved.',
    notSaved: 'Nothing is saved yet:',
    titleSaved: 'Saved',
    titleNotSaved: 'Not saved',
  },
  problems: {
    QUIET_INCOMPLETE: 'Give both times of the quiet hours, or none.',
    QUIET_INVALID: 'Give the times of the quiet hours like 22:00.',
    QUIET_SAME: 'The quiet hours begin and end at the same time.',
    PAUSE_INVALID: 'Give the end of the pause as a date like 2030-12-31.',
    PAUSE_PAST: 'The pause must end after today.',
    PAUSE_FAR: 'The pause can end a year from today at most.',
    REFUSED: 'One of the choices cannot be made any more. Please look again.',
    AGREEMENT: 'The words that you would agree to have changed. Please read them and tick it again.',
  },
  shut: {
    INVALID: { title: 'This link does not work', text: 'Is it complete? Take the link from the message again.' },
    EXPIRED: { title: 'This link has expired', text: 'Take the link from a newer message.' },
    AWAY: { title: 'Please try again', text: 'This cannot be done at the moment. Try again in a minute.' },
  },
};

export const GERMAN: PeopleWords = {
  channels: { INBOX: 'In der App', EMAIL: 'E-Mail', WEB_PUSH: 'Browser', MOBILE_PUSH: 'Mobile App' },
  unsubscribe: {
    title: 'Abbestellen',
    ofCategory: 'Möchten Sie „{name}“ ({channel}) nicht mehr bekommen?',
    ofAll: 'Möchten Sie nur noch bekommen, was nötig ist?',
    allMeans: 'Das beendet alle Werbung und Neuigkeiten. Nötiges, etwa zu Sicherheit und Bestellungen, kommt weiter.',
    categoryButton: '„{name}“ abbestellen',
    allButton: 'Alles abbestellen',
    categoryDone: 'Erledigt: „{name}“ ({channel}) kommt nicht mehr.',
    allDone: 'Erledigt: Es kommt nur noch, was nötig ist.',
    again: 'Wieder abonnieren',
    undone: 'Sie haben wieder abonniert.',
    needsConsent:
      'Ihre Wahl ist gespeichert, aber das ist Werbung: Sie kommt erst, wenn Sie auf der Seite Ihrer Benachrichtigungen einwilligen.',
  },
  preferences: {
    title: 'Benachrichtigungen einstellen',
    intro: 'Wählen Sie, was Sie erreicht und wie.',
    others: 'Benachrichtigungen',
    SECURITY: 'Immer an: Es geht um die Sicherheit Ihres Kontos.',
    MANDATORY: 'Immer an: Es ist nötig.',
    FIXED: 'Das lässt sich hier nicht ändern.',
    fixedCell: 'nicht zu ändern',
    advertising:
      'Das ist Werbung. Sie können sie jederzeit beenden: Entfernen Sie hier das Häkchen, oder nehmen Sie den Link in jeder E-Mail davon.',
    agree:
      'Mit einem Häkchen willigen Sie ein, sie auf diesem Weg zu bekommen, bis Sie sie beenden. Kein Kauf hängt davon ab.',
    terms: 'Bedingungen',
    privacy: 'Datenschutz',
    BY_TEXT: 'erst, wenn Sie auf unsere SMS mit YES geantwortet haben',
    ELSEWHERE: 'erst, wenn Sie anderswo eingewilligt haben; hier geht das nicht',
    NO_TERMS: 'nicht wählbar, solange wir nicht sagen, worum es geht, wie viel davon kommt und zu welchen Bedingungen',
    level: 'Wie viel möchten Sie?',
    levels: {
      EVERYTHING: { name: 'Alles', means: 'So, wie Sie es unten wählen.' },
      DIGESTS: {
        name: 'Gesammelt',
        means: 'Alles, aber gesammelt: einmal am Tag, wenn Sie unten nichts anderes wählen.',
      },
      TRANSACTIONAL: {
        name: 'Nur, was Sie betrifft',
        means: 'Bestellungen, Buchungen, Ihr Konto. Keine Neuigkeiten, keine Werbung.',
      },
      CRITICAL: { name: 'Nur Wichtigstes', means: 'Sicherheit, und was nicht warten kann.' },
    },
    howOften: 'wie oft',
    cadences: {
      INSTANT: 'Sofort',
      HOURLY: 'Stündlich',
      DAILY: 'Täglich',
      WEEKLY: 'Wöchentlich',
    },
    asUsual: 'Wie üblich',
    more: 'Weitere Einstellungen',
    first: 'Zuerst über',
    always: 'Für alles',
    channels: 'Kanäle',
    channelsMean:
      'Über einen Kanal, der hier aus ist, kommt nichts, was auch immer oben gewählt ist. Nur was immer an ist, kommt.',
    quiet: 'Ruhezeit',
    quietMeans: 'Solange wartet alles, was nicht dringend ist. Ihre Zeitzone: {zone}.',
    from: 'Von',
    to: 'Bis',
    pause: 'Pause',
    pauseUntil: 'Pause bis',
    pauseMeans: 'Alles ruht, bis dieser Tag beginnt, und geht dann von selbst weiter. Leer: keine Pause.',
    isPaused: 'Alles ruht bis zum {date}.',
    all: 'Alles abbestellen, was nicht nötig ist',
    allMeans: 'Was auch immer oben gewählt ist.',
    isUnsubscribed: 'Sie haben alles abbestellt, was nicht nötig ist.',
    save: 'Speichern',
    saved: 'Ihre Auswahl ist gespeichert.',
    notSaved: 'Noch ist nichts gespeichert:',
    titleSaved: 'Gespeichert',
    titleNotSaved: 'Nicht gespeichert',
  },
  problems: {
    QUIET_INCOMPLETE: 'Geben Sie beide Zeiten der Ruhezeit an oder keine.',
    QUIET_INVALID: 'Geben Sie die Zeiten der Ruhezeit wie 22:00 an.',
    QUIET_SAME: 'Die Ruhezeit beginnt und endet zur selben Zeit.',
    PAUSE_INVALID: 'Geben Sie das Ende der Pause als Datum wie 2030-12-31 an.',
    PAUSE_PAST: 'Die Pause muss nach heute enden.',
    PAUSE_FAR: 'Die Pause kann höchstens ein Jahr ab heute dauern.',
    REFUSED: 'Etwas davon lässt sich nicht mehr wählen. Bitte sehen Sie noch einmal nach.',
    AGREEMENT:
      'Die Worte, in die Sie einwilligen würden, haben sich geändert. Bitte lesen Sie sie und setzen Sie das Häkchen noch einmal.',
  },
  shut: {
    INVALID: {
      title: 'Dieser Link funktioniert nicht',
      text: 'Ist er vollständig? Nehmen Sie ihn noch einmal aus der Nachricht.',
    },
    EXPIRED: { title: 'Dieser Link ist abgelaufen', text: 'Nehmen Sie den Link aus einer neueren Nachricht.' },
    AWAY: { title: 'Bitte noch einmal', text: 'Das geht gerade nicht. Versuchen Sie es in einer Minute wieder.' },
  },
};
