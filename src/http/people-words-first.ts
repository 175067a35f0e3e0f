import type { ChannelName } from '../base/names.js';

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
  };
  readonly preferences: {
    readonly title: string;
    readonly intro: string;
    readonly others: string;
    readonly category: string;
    readonly SECURITY: string;
    readonly MANDATORY: string;
    readonly quiet: string;
    readonly quietMeans: string;
    readonly from: string;
    readonly to: string;
    readonly pause: string;
    readonly pauseUntil: string;
    readonly pauseMeans: string;
    readonly all: string;
    readonly allMeans: string;
    readonly save: string;
    readonly saved: string;
    readonly notSaved: string;
  };
  readonly problems: Readonly<
    Record<'QUIET_INCOMPLETE' | 'QUIET_INVALID' | 'QUIET_SAME' | 'PAUSE_INVALID' | 'PAUSE_PAST' | 'REFUSED', string>
  >;
  readonly shut: Readonly<Record<'INVALID' | 'EXPIRED' | 'AWAY', { readonly title: string; readonly text: string }>>;
}

export const ENGLISH: PeopleWords = {
  channels: { INBOX: 'In the app', EMAIL: 'E-mail', WEB_PUSH: 'Browser', MOBILE_PUSH: 'Phone' },
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
  },
  preferences: {
    title: 'Notification preferences',
    intro: 'Choose what reaches you, and how.',
    others: 'Notifications',
    category: 'About',
    SECURITY: 'Always on: it is about the security of your account.',
    MANDATORY: 'Always on: it is necessary.',
    quiet: 'Quiet hours',
    quietMeans: 'Meanwhile things wait, unless they are urgent. Your time zone: {zone}.',
    from: 'From',
    to: 'To',
    pause: 'Pause',
    pauseUntil: 'Pause until',
    pauseMeans: 'Everything rests until this day begins. Empty: no pause.',
    all: 'Unsubscribe from everything that is not necessary',
    allMeans: 'Whatever is chosen above.',
    save: 'Save',
    saved: 'Your choices are saved.',
    notSaved: 'Nothing is saved yet:',
  },
  problems: {
    QUIET_INCOMPLETE: 'Give both times of the quiet hours, or none.',
    QUIET_INVALID: 'Give the times of the quiet hours like 22:00.',
    QUIET_SAME: 'The quiet hours begin and end at the same time.',
    PAUSE_INVALID: 'Give the end of the pause as a date like 2030-12-31.',
    PAUSE_PAST: 'The pause must end after today.',
    REFUSED: 'One of the choices cannot be made any more. Please look again.',
  },
  shut: {
    INVALID: { title: 'This link does not work', text: 'Is it complete? Take the link from the message again.' },
    EXPIRED: { title: 'This link has expired', text: 'Take the link from a newer message.' },
    AWAY: { title: 'Please try again', text: 'This cannot be done at the moment. Try again in a minute.' },
  },
};

export const GERMAN: PeopleWords = {
  channels: { INBOX: 'In der App', EMAIL: 'E-Mail', WEB_PUSH: 'Browser', MOBILE_PUSH: 'Handy' },
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
  },
  preferences: {
    title: 'Benachrichtigungen einstellen',
    intro: 'Wählen Sie, was Sie erreicht und wie.',
    others: 'Benachrichtigungen',
    category: 'Worum es geht',
    SECURITY: 'Immer an: Es geht um die Sicherheit Ihres Kontos.',
    MANDATORY: 'Immer an: Es ist nötig.',
    quiet: 'Ruhezeit',
    quietMeans: 'Solange wartet alles, was nicht dringend ist. Ihre Zeitzone: {zone}.',
    from: 'Von',
    to: 'Bis',
    pause: 'Pause',
    pauseUntil: 'Pause bis',
    pauseMeans: 'Alles ruht, bis dieser Tag beginnt. Leer: keine Pause.',
    all: 'Alles abbestellen, was nicht nötig ist',
    allMeans: 'Was auch immer oben gewählt ist.',
    save: 'Speichern',
    saved: 'Ihre Auswahl ist gespeichert.',
    notSaved: 'Noch ist nichts gespeichert:',
  },
  problems: {
    QUIET_INCOMPLETE: 'Geben Sie beide Zeiten der Ruhezeit an oder keine.',
    QUIET_INVALID: 'Geben Sie die Zeiten der Ruhezeit wie 22:00 an.',
    QUIET_SAME: 'Die Ruhezeit beginnt und endet zur selben Zeit.',
    PAUSE_INVALID: 'Geben Sie das Ende der Pause als Datum wie 2030-12-31 an.',
    PAUSE_PAST: 'Die Pause muss nach heute enden.',
    REFUSED: 'Etwas davon lässt sich nicht mehr wählen. Bitte sehen Sie noch einmal nach.',
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

export const FRENCH: PeopleWords = {
  channels: { INBOX: 'Dans l’application', EMAIL: 'E-mail', WEB_PUSH: 'Navigateur', MOBILE_PUSH: 'Téléphone' },
  unsubscribe: {
    title: 'Se désabonner',
    ofCategory: 'Ne plus recevoir « {name} » ({channel}) ?',
    ofAll: 'Ne plus recevoir que le nécessaire ?',
    allMeans:
      'Cela met fin à toute publicité et aux actualités. Le nécessaire, comme la sécurité et vos commandes, continue.',
    categoryButton: 'Se désabonner de « {name} »',
    allButton: 'Se désabonner de tout',
    categoryDone: 'C’est fait : vous ne recevrez plus « {name} » ({channel}).',
    allDone: 'C’est fait : vous ne recevrez plus que le nécessaire.',
    again: 'Se réabonner',
    undone: 'Vous êtes de nouveau abonné.',
  },
  preferences: {
    title: 'Préférences de notification',
    intro: 'Choisissez ce que vous recevez, et comment.',
    others: 'Notifications',
    category: 'Sujet',
    SECURITY: 'Toujours actif : il s’agit de la sécurité de votre compte.',
    MANDATORY: 'Toujours actif : c’est nécessaire.',
    quiet: 'Heures calmes',
    quietMeans: 'Pendant ce temps, ce qui n’est pas urgent attend. Votre fuseau horaire : {zone}.',
    from: 'De',
    to: 'À',
    pause: 'Pause',
    pauseUntil: 'Pause jusqu’au',
    pauseMeans: 'Tout s’arrête jusqu’au début de ce jour. Vide : pas de pause.',
    all: 'Se désabonner de tout ce qui n’est pas nécessaire',
    allMeans: 'Quels que soient les choix ci-dessus.',
    save: 'Enregistrer',
    saved: 'Vos choix sont enregistrés.',
    notSaved: 'Rien n’est encore enregistré :',
  },
  problems: {
    QUIET_INCOMPLETE: 'Donnez les deux heures des heures calmes, ou aucune.',
    QUIET_INVALID: 'Donnez les heures calmes comme 22:00.',
    QUIET_SAME: 'Les heures calmes commencent et finissent à la même heure.',
    PAUSE_INVALID: 'Donnez la fin de la pause comme une date : 2030-12-31.',
    PAUSE_PAST: 'La pause doit finir après aujourd’hui.',
    REFUSED: 'Un des choix n’est plus possible. Veuillez vérifier.',
  },
  shut: {
    INVALID: { title: 'Ce lien ne fonctionne pas', text: 'Est-il complet ? Reprenez-le dans le message.' },
    EXPIRED: { title: 'Ce lien a expiré', text: 'Prenez le lien d’un message plus récent.' },
    AWAY: { title: 'Veuillez réessayer', text: 'Impossible pour le moment. Réessayez dans une minute.' },
  },
};
