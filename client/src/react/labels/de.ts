import type { Labels } from '../labels.ts';
import { plural } from './plural.ts';

const many = (count: number, one: string, other: string): string => plural('de', count, { one, other });

/** The German words. */
export const german: Labels = {
  language: 'de',
  notifications: 'Benachrichtigungen',
  bell: (count, of) => `Benachrichtigungen${count > 0 ? `, ${counted(count, of)}` : ''}`,
  close: 'Schließen',
  back: 'Zurück',
  cancel: 'Abbrechen',
  retry: 'Erneut versuchen',
  loading: 'Wird geladen…',
  loadMore: 'Mehr laden',
  tabs: { all: 'Alle', unread: 'Ungelesen', snoozed: 'Später', archived: 'Archiv' },
  tabCount: counted,
  empty: {
    all: { title: 'Alles erledigt', text: 'Neue Benachrichtigungen erscheinen hier.' },
    unread: { title: 'Nichts mehr zu lesen', text: 'Hier ist alles gelesen.' },
    snoozed: { title: 'Nichts zurückgestellt', text: 'Was Sie zurückstellen, wartet hier auf seine Zeit.' },
    archived: { title: 'Nichts archiviert', text: 'Was Sie archivieren, bleibt hier.' },
  },

  listActions: 'Alle Benachrichtigungen',
  markAllRead: 'Alle als gelesen markieren',
  archiveRead: 'Gelesene archivieren',
  archiveAll: 'Alle archivieren',

  itemActions: (title) => `Aktionen: ${title}`,
  unread: 'Ungelesen',
  pinned: 'Angeheftet',
  markRead: 'Als gelesen markieren',
  markUnread: 'Als ungelesen markieren',
  pin: 'Anheften',
  unpin: 'Lösen',
  archive: 'Archivieren',
  unarchive: 'In den Posteingang',
  snooze: 'Zurückstellen',
  unsnooze: 'Jetzt zurückholen',
  laterToday: 'Später heute',
  tomorrow: 'Morgen',
  nextWeek: 'Nächste Woche',
  pickTime: 'Zeitpunkt wählen…',
  snoozeUntil: 'Zurückstellen bis',
  snoozedUntil: (when) => `Zurückgestellt bis ${when}`,
  remove: 'Löschen',
  removeQuestion: (count) =>
    many(count, 'Diese Benachrichtigung endgültig löschen?', 'Diese # Benachrichtigungen endgültig löschen?'),
  group: (title, others) => many(others, `${title} und # weitere`, `${title} und # weitere`),

  offline: 'Sie sind offline. Neues erscheint, sobald die Verbindung wieder steht.',
  queued: (count) => many(count, '# Änderung wartet auf die Verbindung.', '# Änderungen warten auf die Verbindung.'),
  loadFailed: 'Die Benachrichtigungen konnten nicht geladen werden.',
  markFailed: 'Die letzte Änderung konnte nicht gespeichert werden.',

  newNotifications: 'Neue Benachrichtigungen',
  dismiss: (title) => `Schließen: ${title}`,
  announce: (titles) =>
    many(titles.length, 'Neue Benachrichtigung: ', '# neue Benachrichtigungen: ') + titles.join(', '),
  urgent: (title, body) => `Dringend: ${title}. ${body}`,

  preferencesTitle: 'Benachrichtigungen einstellen',
  preferencesFailed: 'Ihre Einstellungen konnten nicht geladen werden.',
  preferences: {
    others: 'Benachrichtigungen',
    saveFailed: 'Die letzte Wahl konnte nicht gespeichert werden und ist zurückgenommen.',
    saved: 'Gespeichert',
    security: 'Immer an: Es geht um die Sicherheit Ihres Kontos.',
    mandatory: 'Immer an: Es ist nötig.',
    fixed: 'Das lässt sich hier nicht ändern.',
    needsConsent: 'Das ist Werbung: Sie braucht Ihre Einwilligung, die hier nicht möglich ist.',
    level: 'Wie viel möchten Sie?',
    levels: {
      EVERYTHING: { title: 'Alles', text: 'So, wie Sie es unten wählen.' },
      DIGESTS: {
        title: 'Gesammelt',
        text: 'Alles, aber gesammelt: einmal am Tag, wenn Sie unten nichts anderes wählen.',
      },
      TRANSACTIONAL: {
        title: 'Nur, was Sie betrifft',
        text: 'Bestellungen, Buchungen, Ihr Konto. Keine Neuigkeiten, keine Werbung.',
      },
      CRITICAL: { title: 'Nur Wichtigstes', text: 'Sicherheit, und was nicht warten kann.' },
    },
    howOften: 'Wie oft',
    cadences: { INSTANT: 'Sofort', HOURLY: 'Stündlich', DAILY: 'Täglich', WEEKLY: 'Wöchentlich' },
    channelNames: { INBOX: 'In der App', EMAIL: 'E-Mail', WEB_PUSH: 'Browser', MOBILE_PUSH: 'Mobile App' },
    channels: 'Kanäle',
    channelsMean: 'Über einen Kanal, der hier aus ist, kommt nichts. Nur was immer an ist, kommt.',
    quiet: 'Ruhezeit',
    quietMeans: 'Solange wartet alles, was nicht dringend ist.',
    from: 'Von',
    to: 'Bis',
    days: 'Tage',
    pause: 'Pause',
    pauseUntil: 'Pause bis',
    pauseMeans: 'Alles ruht bis dahin und geht dann von selbst weiter.',
    pausedUntil: (when) => `Alles ruht bis ${when}.`,
    resume: 'Fortsetzen',
  },
};

function counted(count: number, of: 'unseen' | 'unread'): string {
  return of === 'unread' ? many(count, '# ungelesene', '# ungelesene') : many(count, '# neue', '# neue');
}
