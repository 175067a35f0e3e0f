const names: Readonly<Record<string, string>> = {
  INBOX: 'Inbox',
  EMAIL: 'E-mail',
  SMS: 'SMS',
  WEB_PUSH: 'Web push',
  MOBILE_PUSH: 'Mobile push',
  SLACK: 'Slack',
  WHATSAPP: 'WhatsApp',
  TELEGRAM: 'Telegram',
  WEBHOOK: 'Webhook',
};

/** A channel as people call it; one that is new to this page by its own name. */
export function channelName(channel: string): string {
  return names[channel] ?? channel;
}

/** SOME_CODE as words: "some code". */
export function codeWords(code: string): string {
  return code.toLowerCase().replaceAll(/[._-]/g, ' ');
}
