import type { Labels } from '../labels.ts';
import { plural } from './plural.ts';

const many = (count: number, one: string, other: string): string => plural('es', count, { one, other });

/** The Spanish words. */
export const spanish: Labels = {
  language: 'es',
  notifications: 'Notificaciones',
  bell: (count, of) => `Notificaciones${count > 0 ? `, ${counted(count, of)}` : ''}`,
  close: 'Cerrar',
  back: 'Volver',
  cancel: 'Cancelar',
  retry: 'Reintentar',
  loading: 'Cargando…',
  loadMore: 'Cargar más',
  tabs: { all: 'Todas', unread: 'No leídas', snoozed: 'Pospuestas', archived: 'Archivadas' },
  tabCount: counted,
  empty: {
    all: { title: 'Está al día', text: 'Las nuevas notificaciones aparecerán aquí.' },
    unread: { title: 'No queda nada por leer', text: 'Aquí todo está leído.' },
    snoozed: { title: 'Nada pospuesto', text: 'Lo que posponga espera aquí su hora.' },
    archived: { title: 'Nada archivado', text: 'Lo que archive se guarda aquí.' },
  },

  listActions: 'Todas las notificaciones',
  markAllRead: 'Marcar todo como leído',
  archiveRead: 'Archivar lo leído',
  archiveAll: 'Archivar todo',

  itemActions: (title) => `Acciones: ${title}`,
  unread: 'No leída',
  pinned: 'Fijada',
  markRead: 'Marcar como leída',
  markUnread: 'Marcar como no leída',
  pin: 'Fijar',
  unpin: 'Dejar de fijar',
  archive: 'Archivar',
  unarchive: 'Devolver a la bandeja',
  snooze: 'Posponer',
  unsnooze: 'Recuperar ahora',
  laterToday: 'Más tarde hoy',
  tomorrow: 'Mañana',
  nextWeek: 'La próxima semana',
  pickTime: 'Elegir el momento…',
  snoozeUntil: 'Posponer hasta',
  snoozedUntil: (when) => `Pospuesta hasta el ${when}`,
  remove: 'Eliminar',
  removeQuestion: (count) =>
    many(count, '¿Eliminar esta notificación para siempre?', '¿Eliminar estas # notificaciones para siempre?'),
  group: (title, others) => many(others, `${title} y # más`, `${title} y # más`),

  offline: 'Está sin conexión. Lo nuevo aparecerá cuando vuelva la conexión.',
  queued: (count) => many(count, '# cambio espera la conexión.', '# cambios esperan la conexión.'),
  loadFailed: 'No se pudieron cargar las notificaciones.',
  markFailed: 'No se pudo guardar el último cambio.',

  newNotifications: 'Nuevas notificaciones',
  dismiss: (title) => `Cerrar: ${title}`,
  announce: (titles) => many(titles.length, 'Nueva notificación: ', '# nuevas notificaciones: ') + titles.join(', '),
  urgent: (title, body) => `Urgente: ${title}. ${body}`,

  preferencesTitle: 'Preferencias de notificación',
  preferencesFailed: 'No se pudieron cargar sus preferencias.',
  preferences: {
    others: 'Notificaciones',
    saveFailed: 'No se pudo guardar la última elección y se ha deshecho.',
    saved: 'Guardado',
    security: 'Siempre activo: se trata de la seguridad de su cuenta.',
    mandatory: 'Siempre activo: es necesario.',
    fixed: 'Esto no se puede cambiar aquí.',
    needsConsent: 'Es publicidad: necesita su consentimiento, que no se puede dar aquí.',
    level: '¿Cuánto quiere recibir?',
    levels: {
      EVERYTHING: { title: 'Todo', text: 'Como lo elija abajo.' },
      DIGESTS: { title: 'Resúmenes', text: 'Todo, pero reunido: una vez al día, si no elige otra cosa abajo.' },
      TRANSACTIONAL: {
        title: 'Solo lo que le concierne',
        text: 'Pedidos, reservas, su cuenta. Sin novedades ni publicidad.',
      },
      CRITICAL: { title: 'Solo lo más importante', text: 'La seguridad, y lo que no puede esperar.' },
    },
    howOften: 'Con qué frecuencia',
    cadences: { INSTANT: 'Al momento', HOURLY: 'Cada hora', DAILY: 'Una vez al día', WEEKLY: 'Una vez a la semana' },
    channelNames: {
      INBOX: 'En la aplicación',
      EMAIL: 'Correo',
      WEB_PUSH: 'Navegador',
      MOBILE_PUSH: 'Aplicación móvil',
    },
    channels: 'Canales',
    channelsMean: 'Nada llega por un canal que está desactivado aquí. Solo llega lo que siempre está activo.',
    quiet: 'Horas de silencio',
    quietMeans: 'Mientras tanto, lo que no es urgente espera.',
    from: 'Desde',
    to: 'Hasta',
    days: 'Días',
    pause: 'Pausa',
    pauseUntil: 'Pausa hasta el',
    pauseMeans: 'Todo descansa hasta entonces, y luego sigue por sí solo.',
    pausedUntil: (when) => `Todo está en pausa hasta el ${when}.`,
    resume: 'Reanudar',
  },
};

function counted(count: number, of: 'unseen' | 'unread'): string {
  return of === 'unread' ? many(count, '# no leída', '# no leídas') : many(count, '# nueva', '# nuevas');
}
