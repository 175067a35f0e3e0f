// What an operator sets up once. As in operations.ts, lines of the documents stay below 58 columns.

export const addSmtp = `# Lets e-mail out: a mail server under a key of your
# choice. The same key again changes it.
mutation AddSmtp {
  upsertIntegration(
    input: {
      key: "mail"
      provider: "smtp"
      channel: EMAIL
      # 0 is tried first; higher numbers take over when
      # it fails.
      order: 0
      settings: {
        host: "localhost"
        port: 1025
        from: "Tidings <tidings@example.com>"
      }
      # Encrypted at rest, and never readable again.
      credentials: { user: "user", pass: "secret" }
    }
  ) {
    integration { id key provider channel order enabled }
    userErrors { field message code }
  }
}
`;

export const category = `# The kind of a notification: what people set
# preferences for, and how it is carried.
mutation Category {
  upsertCategory(
    input: {
      key: "security"
      name: "Security alerts"
      # Preferences cannot silence it, and it never waits
      # behind a newsletter.
      class: SECURITY
      mandatory: true
      lane: CRITICAL
      # Order of preference; the rest is failover.
      channels: [INBOX, EMAIL, SMS]
      # Not shown within this time: the next channel goes.
      ackTimeout: "PT5S"
      inboxCopy: ALWAYS
      retry: {
        maxAttempts: 8
        firstDelay: "PT5S"
        maxDelay: "PT10M"
        giveUpAfter: "PT6H"
      }
      # A code that is an hour old helps nobody.
      expiresAfter: "PT1H"
      # When a provider's answer was lost: send again,
      # or rather not (FAIL).
      onAmbiguous: RESEND
    }
  ) {
    category {
      key name class mandatory channels lane
    }
    userErrors { field message code }
  }
}
`;

export const template = `# Texts in Liquid, by channel and language. The first
# step writes the draft, the second makes it what is
# sent. Then, in place of content, send with
#   template: "parcel"
#   data: { name: "Ada", day: "tomorrow" }
mutation Template {
  upsertTemplate(
    input: {
      key: "parcel"
      name: "Parcel on its way"
      contents: [
        {
          channel: INBOX
          locale: "en"
          title: "Your parcel is on its way"
          body: "It arrives {{ day }}."
        }
        {
          channel: EMAIL
          locale: "en"
          title: "Your parcel is on its way, {{ name }}"
          body: "It arrives {{ day }}."
          html: "<p>It arrives <b>{{ day }}</b>.</p>"
        }
        {
          channel: EMAIL
          locale: "de"
          title: "Dein Paket ist unterwegs, {{ name }}"
          body: "Es kommt {{ day }}."
        }
      ]
    }
  ) {
    template { key draftVersion publishedVersion }
    userErrors { field message code }
  }

  publishTemplate(input: { key: "parcel" }) {
    template { key draftVersion publishedVersion }
    userErrors { field message code }
  }
}
`;
