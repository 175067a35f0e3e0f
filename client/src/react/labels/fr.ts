import type { Labels } from '../labels.ts';
import { plural } from './plural.ts';

const many = (count: number, one: string, other: string): string => plural('fr', count, { one, other });

/** The French words. */
export const french: Labels = {
  language: 'fr',
  notifications: 'Notifications',
  bell: (count, of) => `Notifications${count > 0 ? `, ${counted(count, of)}` : ''}`,
  close: 'Fermer',
  back: 'Retour',
  cancel: 'Annuler',
  retry: 'Réessayer',
  loading: 'Chargement…',
  loadMore: 'Afficher plus',
  tabs: { all: 'Toutes', unread: 'Non lues', snoozed: 'Reportées', archived: 'Archivées' },
  tabCount: counted,
  empty: {
    all: { title: 'Vous êtes à jour', text: 'Les nouvelles notifications apparaîtront ici.' },
    unread: { title: 'Plus rien à lire', text: 'Ici, tout a été lu.' },
    snoozed: { title: 'Rien de reporté', text: 'Ce que vous reportez attend ici son heure.' },
    archived: { title: 'Rien d’archivé', text: 'Ce que vous archivez est gardé ici.' },
  },

  listActions: 'Toutes les notifications',
  markAllRead: 'Tout marquer comme lu',
  archiveRead: 'Archiver ce qui est lu',
  archiveAll: 'Tout archiver',

  itemActions: (title) => `Actions : ${title}`,
  unread: 'Non lue',
  pinned: 'Épinglée',
  markRead: 'Marquer comme lue',
  markUnread: 'Marquer comme non lue',
  pin: 'Épingler',
  unpin: 'Désépingler',
  archive: 'Archiver',
  unarchive: 'Remettre dans la boîte',
  snooze: 'Reporter',
  unsnooze: 'Ramener maintenant',
  laterToday: 'Plus tard aujourd’hui',
  tomorrow: 'Demain',
  nextWeek: 'La semaine prochaine',
  pickTime: 'Choisir le moment…',
  snoozeUntil: 'Reporter jusqu’au',
  snoozedUntil: (when) => `Reportée jusqu’au ${when}`,
  remove: 'Supprimer',
  removeQuestion: (count) =>
    many(count, 'Supprimer définitivement cette notification ?', 'Supprimer définitivement ces # notifications ?'),
  group: (title, others) => many(others, `${title} et # autre`, `${title} et # autres`),

  offline: 'Vous êtes hors ligne. Les nouveautés apparaîtront au retour de la connexion.',
  queued: (count) => many(count, '# modification attend la connexion.', '# modifications attendent la connexion.'),
  loadFailed: 'Les notifications n’ont pas pu être chargées.',
  markFailed: 'La dernière modification n’a pas pu être enregistrée.',

  newNotifications: 'Nouvelles notifications',
  dismiss: (title) => `Fermer : ${title}`,
  announce: (titles) =>
    many(titles.length, 'Nouvelle notification : ', '# nouvelles notifications : ') + titles.join(', '),
  urgent: (title, body) => `Urgent : ${title}. ${body}`,

  preferencesTitle: 'Préférences de notification',
  preferencesFailed: 'Vos préférences n’ont pas pu être chargées.',
  preferences: {
    others: 'Notifications',
    saveFailed: 'Le dernier choix n’a pas pu être enregistré ; il est annulé.',
    saved: 'Enregistré',
    security: 'Toujours actif : il s’agit de la sécurité de votre compte.',
    mandatory: 'Toujours actif : c’est nécessaire.',
    fixed: 'Cela ne peut pas être modifié ici.',
    needsConsent: 'C’est de la publicité : il faut votre accord, qui ne peut pas être donné ici.',
    level: 'Que voulez-vous recevoir ?',
    levels: {
      EVERYTHING: { title: 'Tout', text: 'Comme vous le choisissez ci-dessous.' },
      DIGESTS: { title: 'Des résumés', text: 'Tout, mais regroupé : une fois par jour, sauf autre choix ci-dessous.' },
      TRANSACTIONAL: {
        title: 'Seulement ce qui vous concerne',
        text: 'Commandes, réservations, votre compte. Ni actualités ni publicité.',
      },
      CRITICAL: { title: 'Seulement l’essentiel', text: 'La sécurité, et ce qui ne peut pas attendre.' },
    },
    howOften: 'Fréquence',
    cadences: {
      INSTANT: 'Tout de suite',
      HOURLY: 'Toutes les heures',
      DAILY: 'Une fois par jour',
      WEEKLY: 'Une fois par semaine',
    },
    channelNames: {
      INBOX: 'Dans l’application',
      EMAIL: 'E-mail',
      WEB_PUSH: 'Navigateur',
      MOBILE_PUSH: 'Application mobile',
    },
    channels: 'Canaux',
    channelsMean: 'Rien n’arrive par un canal désactivé ici. Seul ce qui est toujours actif arrive.',
    quiet: 'Heures calmes',
    quietMeans: 'Pendant ce temps, ce qui n’est pas urgent attend.',
    from: 'De',
    to: 'À',
    days: 'Jours',
    pause: 'Pause',
    pauseUntil: 'Pause jusqu’au',
    pauseMeans: 'Tout s’arrête jusque-là, puis reprend de soi-même.',
    pausedUntil: (when) => `Tout est en pause jusqu’au ${when}.`,
    resume: 'Reprendre',
  },
};

function counted(count: number, of: 'unseen' | 'unread'): string {
  return of === 'unread' ? many(count, '# non lue', '# non lues') : many(count, '# nouvelle', '# nouvelles');
}
