import type { Labels } from '../labels.ts';
import { plural } from './plural.ts';

const many = (count: number, one: string, other: string): string => plural('nl', count, { one, other });

/** The Dutch words. */
export const dutch: Labels = {
  language: 'nl',
  notifications: 'Meldingen',
  bell: (count, of) => `Meldingen${count > 0 ? `, ${counted(count, of)}` : ''}`,
  close: 'Sluiten',
  back: 'Terug',
  cancel: 'Annuleren',
  retry: 'Opnieuw proberen',
  loading: 'Laden…',
  loadMore: 'Meer laden',
  tabs: { all: 'Alle', unread: 'Ongelezen', snoozed: 'Uitgesteld', archived: 'Archief' },
  tabCount: counted,
  empty: {
    all: { title: 'U bent helemaal bij', text: 'Nieuwe meldingen verschijnen hier.' },
    unread: { title: 'Niets meer te lezen', text: 'Alles hier is gelezen.' },
    snoozed: { title: 'Niets uitgesteld', text: 'Wat u uitstelt, wacht hier op zijn tijd.' },
    archived: { title: 'Niets gearchiveerd', text: 'Wat u archiveert, blijft hier bewaard.' },
  },

  listActions: 'Alle meldingen',
  markAllRead: 'Alles als gelezen markeren',
  archiveRead: 'Gelezen meldingen archiveren',
  archiveAll: 'Alles archiveren',

  itemActions: (title) => `Acties: ${title}`,
  unread: 'Ongelezen',
  pinned: 'Vastgezet',
  markRead: 'Als gelezen markeren',
  markUnread: 'Als ongelezen markeren',
  pin: 'Vastzetten',
  unpin: 'Losmaken',
  archive: 'Archiveren',
  unarchive: 'Terug naar de inbox',
  snooze: 'Uitstellen',
  unsnooze: 'Nu terughalen',
  laterToday: 'Later vandaag',
  tomorrow: 'Morgen',
  nextWeek: 'Volgende week',
  pickTime: 'Tijdstip kiezen…',
  snoozeUntil: 'Uitstellen tot',
  snoozedUntil: (when) => `Uitgesteld tot ${when}`,
  remove: 'Verwijderen',
  removeQuestion: (count) =>
    many(count, 'Deze melding definitief verwijderen?', 'Deze # meldingen definitief verwijderen?'),
  group: (title, others) => many(others, `${title} en # andere`, `${title} en # andere`),

  offline: 'U bent offline. Nieuwe meldingen verschijnen zodra er weer verbinding is.',
  queued: (count) => many(count, '# wijziging wacht op verbinding.', '# wijzigingen wachten op verbinding.'),
  loadFailed: 'De meldingen konden niet worden geladen.',
  markFailed: 'De laatste wijziging kon niet worden opgeslagen.',

  newNotifications: 'Nieuwe meldingen',
  dismiss: (title) => `Sluiten: ${title}`,
  announce: (titles) => many(titles.length, 'Nieuwe melding: ', '# nieuwe meldingen: ') + titles.join(', '),
  urgent: (title, body) => `Dringend: ${title}. ${body}`,

  preferencesTitle: 'Meldingen instellen',
  preferencesFailed: 'Uw voorkeuren konden niet worden geladen.',
  preferences: {
    others: 'Meldingen',
    saveFailed: 'De laatste keuze kon niet worden opgeslagen en is teruggedraaid.',
    saved: 'Opgeslagen',
    security: 'Altijd aan: het gaat om de veiligheid van uw account.',
    mandatory: 'Altijd aan: het is nodig.',
    fixed: 'Dit kan hier niet worden gewijzigd.',
    needsConsent: 'Dit is reclame: daarvoor is uw toestemming nodig, en die kan hier niet worden gegeven.',
    level: 'Hoeveel wilt u ontvangen?',
    levels: {
      EVERYTHING: { title: 'Alles', text: 'Zoals u het hieronder kiest.' },
      DIGESTS: {
        title: 'Overzichten',
        text: 'Alles, maar verzameld: eens per dag, tenzij u hieronder iets anders kiest.',
      },
      TRANSACTIONAL: {
        title: 'Alleen wat u aangaat',
        text: 'Bestellingen, reserveringen, uw account. Geen nieuws en geen reclame.',
      },
      CRITICAL: { title: 'Alleen het belangrijkste', text: 'Beveiliging, en wat niet kan wachten.' },
    },
    howOften: 'Hoe vaak',
    cadences: { INSTANT: 'Meteen', HOURLY: 'Elk uur', DAILY: 'Eens per dag', WEEKLY: 'Eens per week' },
    channelNames: { INBOX: 'In de app', EMAIL: 'E-mail', WEB_PUSH: 'Browser', MOBILE_PUSH: 'Mobiele app' },
    channels: 'Kanalen',
    channelsMean: 'Via een kanaal dat hier uit staat komt niets. Alleen wat altijd aan staat komt.',
    quiet: 'Stille uren',
    quietMeans: 'Intussen wacht wat niet dringend is.',
    from: 'Van',
    to: 'Tot',
    days: 'Dagen',
    pause: 'Pauze',
    pauseUntil: 'Pauze tot',
    pauseMeans: 'Alles rust tot dan, en gaat daarna vanzelf verder.',
    pausedUntil: (when) => `Alles is gepauzeerd tot ${when}.`,
    resume: 'Hervatten',
  },
};

function counted(count: number, of: 'unseen' | 'unread'): string {
  return of === 'unread' ? many(count, '# ongelezen', '# ongelezen') : many(count, '# nieuwe', '# nieuwe');
}
